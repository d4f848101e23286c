import Foundation
import PluginKit

/// One of the two folders of profiles in a home. One that does not exist holds none.
struct ProfileDirectory {
    let path: String

    /// The profile files, sorted by name; besides them, what looks like one and is none.
    /// - Throws: a problem where the folder can't be read.
    func files() throws(OptionProblem) -> (files: [String], problems: [OptionProblem]) {
        let names = try self.names()
        let problems = names.filter { $0.hasSuffix(".yml") }.map { name in
            OptionProblem(
                .start(of: "\(path)/\(name)"), "Profiles end in `.yaml`; this file is not read.",
                remedy: "Rename it to `\(name.dropLast(4)).yaml`.")
        }
        return (names.filter { $0.hasSuffix(".yaml") }, problems)
    }

    /// Differs where a file came, went or changed.
    func stamp() -> String {
        guard let names = try? names() else { return "unreadable" }
        return names.map { name in
            var status = stat()
            guard stat("\(path)/\(name)", &status) == 0 else { return "\(name) \(errno)" }
            let (written, changed) = (status.st_mtim, status.st_ctim)
            return "\(name) \(status.st_ino) \(status.st_size) \(written.tv_sec).\(written.tv_nsec) "
                + "\(changed.tv_sec).\(changed.tv_nsec)"
        }.joined(separator: "\n")
    }

    /// Hidden files (an editor's, a package manager's) are none of ours.
    private func names() throws(OptionProblem) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
                .filter { !$0.hasPrefix(".") && ($0.hasSuffix(".yaml") || $0.hasSuffix(".yml")) }.sorted()
        } catch CocoaError.fileReadNoSuchFile {
            return []
        } catch {
            throw OptionProblem(
                .start(of: path), "The folder of profiles can't be read: \(error.localizedDescription)",
                remedy: "See that the user who runs certflow may read it.")
        }
    }
}

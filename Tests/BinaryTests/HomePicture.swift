import Foundation
import TestPeers

/// Every file of a home and all flows, to compare it before and after: what was refused must have left no trace.
struct HomePicture: Equatable {
    /// By path below the home: permission bits and content. The database is there by what it says: opening it alone
    /// changes its bytes.
    private var files: [String: String] = [:]

    init(_ certflow: BuiltProgram) async throws {
        let home = certflow.home
        let manager = FileManager.default
        for name in try manager.subpathsOfDirectory(atPath: home.path)
        where name != "runner.lock" && !name.hasPrefix("certflow.db") {
            let path = home.appending(path: name).path
            let attributes = try manager.attributesOfItem(atPath: path)
            let mode = attributes[.posixPermissions] as? Int ?? 0
            let content = manager.contents(atPath: path)?.base64EncodedString() ?? "directory"
            files[name] = "\(mode) \(content)"
        }
        files["flows"] = try await certflow.run(["flows"]).output
        files["status"] = try await certflow.run(["status"]).output
    }

    /// The names that differ.
    func differences(from other: HomePicture) -> [String] {
        Set(files.keys).union(other.files.keys).filter { files[$0] != other.files[$0] }.sorted()
    }
}

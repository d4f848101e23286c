import Foundation
import Runner
import Server

extension Home {
    /// The profiles' files, for pages that show and change them.
    var profileFiles: ProfileFiles {
        let directory = profiles
        @Sendable func path(_ kind: String, _ name: String) throws -> String {
            guard ["publishing", "issuing"].contains(kind), !name.hasPrefix("."), !name.contains("/"), !name.isEmpty
            else {
                throw DeskRefusal(
                    "profile.name", "\(name) can't be the name of a profile.", remedy: "Use letters, digits and . _ -.")
            }
            return "\(directory)/\(kind)/\(name).yaml"
        }
        return ProfileFiles(
            read: { kind, name in
                let path = try path(kind, name)
                guard access(path, F_OK) == 0 else { return nil }
                return try String(contentsOfFile: path, encoding: .utf8)
            },
            write: { kind, name, text in
                var file = try NewFile(try path(kind, name))
                try Array(text.utf8).withUnsafeBytes { try file.write($0) }
                try file.place(mode: 0o600, replacing: true)
            },
            remove: { kind, name in
                let path = try path(kind, name)
                guard unlink(path) == 0 || errno == ENOENT else {
                    throw DeskRefusal(
                        "profile.not-removed",
                        "\(kind)/\(name).yaml can't be removed: \(String(cString: strerror(errno))).",
                        remedy: "Look who owns the directory that it stands in.")
                }
                try NewFile.syncDirectory(of: path)
            })
    }
}

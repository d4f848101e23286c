import Foundation

/// What makes a host's key the right one.
enum HostTrust: Sendable, Hashable {
    /// The fingerprint that the profile names: `SHA256:` and base64.
    case pinned(String)
    /// A known_hosts file, absolute.
    case file(String)

    /// The largest known_hosts file that is read, in bytes.
    private static let largest = 8 << 20

    /// The file's content; empty where there is no file.
    /// - Throws: `PluginFailure` (`configuration`).
    static func read(_ path: String) throws -> KnownHosts {
        guard access(path, F_OK) == 0 else { return KnownHosts("") }
        guard let handle = FileHandle(forReadingAtPath: path),
            let data = try? handle.read(upToCount: largest + 1), data.count <= largest
        else {
            // An empty file reads as nil.
            if let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size == 0,
                access(path, R_OK) == 0
            {
                return KnownHosts("")
            }
            throw SFTPFailure.unreadableKnownHosts(path)
        }
        return KnownHosts(String(decoding: data, as: UTF8.self))
    }
}

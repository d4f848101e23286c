import Foundation

/// Who a server runs as: an account of its own where the tests run as root, else who runs them.
struct ServiceAccount {
    static let shell = PeerProgram("setpriv", package: "util-linux")

    /// Nil where it is who runs the tests.
    private let entry: (name: String, user: uid_t, group: gid_t)?

    /// - Parameter installation: the command that makes the account.
    init(_ name: String, installation: String) throws {
        guard geteuid() == 0 else {
            entry = nil
            return
        }
        guard let found = getpwnam(name)?.pointee else {
            throw PeerFailure("`\(installation)` makes the account \(name).")
        }
        entry = (name, found.pw_uid, found.pw_gid)
    }

    /// Its name.
    var name: String { entry?.name ?? String(geteuid()) }

    /// The arguments of `setpriv` that run a program as it.
    func running(_ program: [String]) -> [String] {
        guard let entry else { return ["--"] + program }
        return ["--reuid=\(entry.name)", "--regid=\(entry.group)", "--clear-groups", "--"] + program
    }

    /// Gives it what stands at a path.
    func own(_ place: URL) {
        if let entry { chown(place.path, entry.user, entry.group) }
    }

    /// Lets it, and nobody's listing, through a directory.
    func pass(_ directory: URL) {
        if entry != nil { chmod(directory.path, 0o711) }
    }
}

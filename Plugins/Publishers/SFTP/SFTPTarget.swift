import Foundation
import PluginKit

/// What a profile says of one target: where it is, who we are there, and how it is done.
struct SFTPTarget: Sendable {
    /// The known_hosts file of a home, where a profile names none.
    static let knownHosts = "known_hosts"

    let destination: Destination
    let manner: SFTPTree.Manner

    /// - Parameters:
    ///   - home: what a relative `knownHosts` counts from.
    ///   - needsCredentials: whether somebody is to log in.
    /// - Throws: `PluginFailure` (`configuration`).
    init(_ options: Options, home: String, needsCredentials: Bool = true) throws {
        let timeout = options.duration("timeout") ?? .seconds(30)
        var target = try Self.hop(options, home: home, timeout: timeout, like: nil)
        guard target.credentials.isSome || !needsCredentials else { throw SFTPFailure.noCredentials(target.host) }
        if case .group(let jump)? = options["jump"] {
            target.jumps = [try Self.hop(jump, home: home, timeout: timeout, like: target)]
        }
        destination = target
        manner = SFTPTree.Manner(
            verifies: options.flag("verify") ?? true, insistsOnOneStep: options.flag("atomic") ?? true)
    }

    /// - Parameter like: whose user, credentials and known_hosts count where the jump host has none of its own.
    private static func hop(
        _ options: Options, home: String, timeout: Duration, like target: Destination?
    ) throws -> Destination {
        let host = try options.required("host", options.text("host"))
        var credentials = Destination.Credentials(
            privateKey: options.secret("privateKey"), passphrase: options.secret("passphrase"),
            password: options.secret("password"), usesAgent: options.flag("agent") ?? false)
        if !credentials.isSome, let target { credentials = target.credentials }
        return Destination(
            host: host, port: options.integer("port") ?? 22,
            user: try options.text("user") ?? target?.user ?? options.required("user", nil), credentials: credentials,
            trust: try trust(options, home: home, like: target), timeout: timeout, jumps: [])
    }

    private static func trust(_ options: Options, home: String, like target: Destination?) throws -> HostTrust {
        if let pinned = options.text("hostKey") {
            let digits = pinned.dropFirst(7)
            guard pinned.hasPrefix("SHA256:"), Data(base64Encoded: digits + "=")?.count == 32 else {
                throw SFTPFailure.badPin(pinned)
            }
            return .pinned(pinned)
        }
        if options.text("knownHosts") == nil, case .file(let path)? = target?.trust { return .file(path) }
        let path = options.text("knownHosts") ?? knownHosts
        return .file(path.hasPrefix("/") ? path : "\(home)/\(path)")
    }
}

import Crypto
import Foundation
import PluginKit

/// A host, who we are there, and what makes its key the right one.
struct Destination: Sendable {
    struct Credentials: Sendable {
        var privateKey: Secret?
        var passphrase: Secret?
        var password: Secret?
        var usesAgent: Bool

        /// Whether there is anything to log in with.
        var isSome: Bool { privateKey != nil || password != nil || usesAgent }
    }

    var host: String
    var port: Int
    var user: String
    var credentials: Credentials
    var trust: HostTrust
    /// For the connection, and then for each call.
    var timeout: Duration
    /// By way of which it is reached; at most one stands here, with its own behind it.
    var jumps: [Destination]

    /// As messages name it.
    var shown: String { port == 22 ? host : "\(host):\(port)" }

    /// As known_hosts names it.
    var knownName: String { KnownHosts.name(host: host, port: port) }

    /// Equal for those that may share a session. Holds no secret itself.
    var identity: Data {
        var hash = SHA256()
        feed(&hash)
        return Data(hash.finalize())
    }

    private func feed(_ hash: inout SHA256) {
        func add(_ bytes: some Sequence<UInt8>) {
            let bytes = Array(bytes)
            withUnsafeBytes(of: UInt64(bytes.count)) { hash.update(bufferPointer: $0) }
            hash.update(data: bytes)
        }
        func add(_ secret: Secret?) {
            guard let secret else { return add([UInt8]()) }
            secret.withBytes { add($0) }
        }
        add(host.utf8)
        add(String(port).utf8)
        add(user.utf8)
        add(credentials.privateKey)
        add(credentials.passphrase)
        add(credentials.password)
        add([credentials.usesAgent ? 1 : 0] as [UInt8])
        add("\(trust)".utf8)
        for jump in jumps { jump.feed(&hash) }
    }
}

import Foundation
import PluginKit

/// The host keys that one machine shows, and what the profile makes of them: for an operator who has to decide.
public struct HostKeyOffer: Sendable {
    public struct Key: Sendable {
        /// `ssh-ed25519`.
        public let type: String
        /// `SHA256:` and base64.
        public let fingerprint: String
        /// As it stands in known_hosts.
        public let line: String
        /// Whether the profile trusts it already.
        public let isTrusted: Bool
        public let isRevoked: Bool
        /// Whether the file knows the host by another key of this type, or by none of those that it shows.
        public let isChanged: Bool
    }

    /// `web-1.example.net:2222`.
    public let host: String
    /// As known_hosts names it.
    public let knownName: String
    public let keys: [Key]
    /// The known_hosts file that counts; nil where the profile pins a fingerprint.
    public let file: String?
    /// Fingerprints that the machine was known by so far.
    public let known: [String]
}

extension HostKeyOffer {
    /// Asks the machines on the way to a target for their host keys, without logging in where that can be helped.
    ///
    /// A jump host has to be trusted and to let us in before what is behind it can be asked: until then its own keys
    /// are all that comes back.
    /// - Parameters:
    ///   - options: of the target, rendered.
    ///   - home: what a relative `knownHosts` counts from.
    /// - Throws: `PluginFailure`, `CancellationError`.
    public static func ask(_ options: Options, home: String, agent: String?) async throws -> [HostKeyOffer] {
        let destination = try SFTPTarget(options, home: home, needsCredentials: false).destination
        return try await Inquiry(agent: agent).ask(destination)
    }
}

/// On a thread of its own, as sessions are.
private actor Inquiry {
    private let thread = SessionThread(idleTime: .seconds(60), whenIdle: {})
    private let agent: String?

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(agent: String?) { self.agent = agent }

    deinit { thread.end() }

    func ask(_ destination: Destination) throws -> [HostKeyOffer] {
        let waker: WakeDescriptor
        do {
            waker = try WakeDescriptor()
        } catch {
            throw SFTPFailure.connection(error, destination, "connect to")
        }
        let connector = Connector(patience: Patience(waker), agent: agent)
        var offers: [HostKeyOffer] = []
        var jump: SSHLink?
        for (index, hop) in (destination.jumps + [destination]).enumerated() {
            let offer = try HostKeyOffer(hop, try keys(of: hop, by: jump, connector))
            offers.append(offer)
            guard index < destination.jumps.count else { break }
            guard offer.keys.contains(where: \.isTrusted) else { break }
            jump = try connector.connect(to: hop)
        }
        return offers
    }

    /// One of each type: a handshake shows one, so it is asked until no other is left.
    private func keys(of hop: Destination, by jump: SSHLink?, _ connector: Connector) throws -> [HostKey] {
        var keys: [HostKey] = []
        var types = HostKey.types
        while !types.isEmpty {
            do {
                let deadline = ContinuousClock.now + hop.timeout
                let (_, key) = try connector.shake(hop, by: jump, asking: types, until: deadline)
                keys.append(key)
                types.removeAll(where: key.methods.contains)
            } catch let failure as Connector.Disagreement {
                guard !keys.isEmpty else { throw failure.failure }
                break
            }
        }
        return keys
    }
}

extension HostKeyOffer {
    fileprivate init(_ hop: Destination, _ shown: [HostKey]) throws {
        host = hop.shown
        knownName = hop.knownName
        let judge: (HostKey) -> KnownHosts.Verdict
        switch hop.trust {
        case .pinned(let fingerprint):
            file = nil
            known = [fingerprint]
            judge = { $0.fingerprint == fingerprint ? .known : .unknown }
        case .file(let path):
            let hosts = try HostTrust.read(path)
            if let line = hosts.unreadableRevocation { throw SFTPFailure.unreadableRevocation(path, line: line) }
            file = path
            known = hosts.keys(of: hop.knownName).map(\.fingerprint)
            judge = { hosts.judge($0, of: hop.knownName) }
        }
        let isStranger = !shown.contains { judge($0) == .known }
        keys = shown.map { key in
            let verdict = judge(key)
            var isChanged = false
            if case .changed(let known) = verdict { isChanged = isStranger || known.contains { $0.type == key.type } }
            return Key(
                type: key.type, fingerprint: key.fingerprint,
                line: "\(hop.knownName) \(key.type) \(Data(key.blob).base64EncodedString())",
                isTrusted: verdict == .known, isRevoked: verdict == .revoked, isChanged: isChanged)
        }
    }
}

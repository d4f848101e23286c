import CSSH2
import Foundation

/// Makes an authenticated session out of a destination: connection, host key, authentication, by way of jump hosts.
struct Connector {
    let patience: Patience
    /// What the agent of this machine listens at.
    let agent: String?

    /// - Throws: `PluginFailure`, `CancellationError`.
    func connect(to destination: Destination) throws -> SSHLink {
        var link: SSHLink?
        for hop in destination.jumps + [destination] {
            let deadline = ContinuousClock.now + hop.timeout
            let trusted = try open(hop, by: link, until: deadline)
            do {
                try Authenticator(hop, trusted, agent: agent, until: deadline).authenticate()
            } catch let problem as SSHProblem {
                throw SFTPFailure.connection(problem, hop, "authenticate")
            }
            link = trusted
        }
        guard let link else { throw SFTPFailure.connection(SSHProblem(.library, "no host"), destination, "connect") }
        return link
    }

    /// A session whose host key is the right one.
    private func open(_ hop: Destination, by jump: SSHLink?, until deadline: ContinuousClock.Instant) throws -> SSHLink
    {
        switch hop.trust {
        case .file(let path):
            let known = try HostTrust.read(path)
            if let line = known.unreadableRevocation { throw SFTPFailure.unreadableRevocation(path, line: line) }
            let types = known.types(of: hop.knownName).flatMap(HostKey.methods)
            let (link, key) = try shake(hop, by: jump, asking: types.isEmpty ? HostKey.types : types, until: deadline)
            switch known.judge(key, of: hop.knownName) {
            case .known: return link
            case .revoked: throw SFTPFailure.revokedHostKey(hop, key, in: path)
            case .changed(let others): throw SFTPFailure.changedHostKey(hop, [key], known: others, in: path)
            case .unknown:
                throw SFTPFailure.unknownHostKey(
                    hop, key, in: path, hasAuthority: known.hasAuthority(for: hop.knownName))
            }
        case .pinned(let fingerprint): return try openPinned(hop, fingerprint, by: jump, until: deadline)
        }
    }

    /// A fingerprint does not say of which type the key is, so each type is asked for until one fits.
    private func openPinned(
        _ hop: Destination, _ fingerprint: String, by jump: SSHLink?, until deadline: ContinuousClock.Instant
    ) throws -> SSHLink {
        var shown: [HostKey] = []
        var types = HostKey.types
        while !types.isEmpty {
            do {
                let (link, key) = try shake(hop, by: jump, asking: types, until: deadline)
                if key.fingerprint == fingerprint { return link }
                shown.append(key)
                types.removeAll(where: key.methods.contains)
            } catch let failure as SFTPFailure.NoCommonHostKey {
                guard !shown.isEmpty else { throw failure.failure }
                break
            }
        }
        throw SFTPFailure.changedPin(hop, shown, pinned: fingerprint)
    }

    /// Connects and agrees on keys. The key is what the other side has proved to hold, and nothing more.
    /// - Throws: `SFTPFailure.NoCommonHostKey` where it has none of these types.
    func shake(
        _ hop: Destination, by jump: SSHLink?, asking types: [String], until deadline: ContinuousClock.Instant
    ) throws -> (SSHLink, HostKey) {
        do {
            let carrier: SSHLink.Carrier
            if let jump {
                carrier = .channel(try SSHChannel.forward(on: jump, to: hop.host, port: hop.port, until: deadline))
            } else {
                carrier = .socket(try TCPConnection.open(hop.host, port: hop.port, patience, until: deadline))
            }
            let link = try SSHLink(over: carrier, patience)
            let supported = link.supportedHostKeyTypes()
            let asked = types.filter(supported.contains)
            guard !asked.isEmpty else { throw SFTPFailure.NoCommonHostKey(hop, types, nil) }
            do {
                try link.handshake(hostKeyTypes: asked, until: deadline)
            } catch let problem as SSHProblem where problem.kind == .noCommonMethod {
                throw SFTPFailure.NoCommonHostKey(hop, asked, problem)
            }
            return (link, try link.hostKey())
        } catch let problem as SSHProblem {
            throw SFTPFailure.connection(problem, hop, "connect to")
        }
    }
}

import CSSH2
import Foundation
import PluginKit

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
        case .file(let path): try openKnown(hop, in: path, by: jump, until: deadline)
        case .pinned(let fingerprint): try openPinned(hop, fingerprint, by: jump, until: deadline)
        }
    }

    private func openKnown(
        _ hop: Destination, in path: String, by jump: SSHLink?, until deadline: ContinuousClock.Instant
    ) throws -> SSHLink {
        let known = try HostTrust.read(path)
        if let line = known.unreadableRevocation { throw SFTPFailure.unreadableRevocation(path, line: line) }
        let types = known.types(of: hop.knownName).flatMap(HostKey.methods)
        let link: SSHLink
        let key: HostKey
        do {
            (link, key) = try shake(hop, by: jump, asking: types.isEmpty ? HostKey.types : types, until: deadline)
        } catch let failure as Disagreement {
            guard !types.isEmpty else { throw failure.failure }
            // Which key it has instead is what the operator has to know.
            let other: HostKey
            do {
                (_, other) = try shake(hop, by: jump, asking: HostKey.types, until: deadline)
            } catch is Disagreement {
                throw failure.failure
            }
            switch known.judge(other, of: hop.knownName) {
            case .known: throw failure.failure
            case .revoked: throw SFTPFailure.revokedHostKey(hop, other, in: path)
            case .changed, .unknown:
                throw SFTPFailure.changedHostKey(hop, [other], known: known.keys(of: hop.knownName), in: path)
            }
        }
        switch known.judge(key, of: hop.knownName) {
        case .known: return link
        case .revoked: throw SFTPFailure.revokedHostKey(hop, key, in: path)
        case .changed(let others): throw SFTPFailure.changedHostKey(hop, [key], known: others, in: path)
        case .unknown:
            throw SFTPFailure.unknownHostKey(hop, key, in: path, hasAuthority: known.hasAuthority(for: hop.knownName))
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
            } catch let failure as Disagreement {
                guard !shown.isEmpty else { throw failure.failure }
                break
            }
        }
        throw SFTPFailure.changedPin(hop, shown, pinned: fingerprint)
    }

    /// The two share no type of host key: both have said which they have.
    struct Disagreement: Error {
        let failure: PluginFailure
    }

    /// A connection that broke in the handshake, which says nothing of host keys.
    private struct Interruption: Error {
        let failure: PluginFailure
    }

    /// Connects and agrees on keys, a second time where the connection breaks meanwhile: a server that restarts or has
    /// many callers (MaxStartups of OpenSSH) hangs up like that.
    ///
    /// The key is what the other side has proved to hold, and nothing more. It is of one of the `types`.
    /// - Throws: `Disagreement`, `PluginFailure`, `CancellationError`.
    func shake(
        _ hop: Destination, by jump: SSHLink?, asking types: [String], until deadline: ContinuousClock.Instant
    ) throws -> (SSHLink, HostKey) {
        do {
            return try shakeOnce(hop, by: jump, asking: types, until: deadline)
        } catch is Interruption {
            do {
                return try shakeOnce(hop, by: jump, asking: types, until: deadline)
            } catch let interruption as Interruption {
                throw interruption.failure
            }
        }
    }

    private func shakeOnce(
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
            guard !asked.isEmpty else { throw Disagreement(failure: SFTPFailure.noCommonHostKey(hop, types, nil)) }
            do {
                try link.handshake(hostKeyTypes: asked, until: deadline)
            } catch let problem as SSHProblem where problem.kind == .noCommonMethod {
                throw Disagreement(failure: SFTPFailure.noCommonHostKey(hop, asked, problem))
            } catch let problem as SSHProblem where problem.kind == .lost {
                throw Interruption(failure: SFTPFailure.connection(problem, hop, "connect to"))
            }
            let key = try link.hostKey()
            // Who asks for what is left until nothing is would never come to an end.
            guard key.isOf(asked) else {
                throw SSHProblem(.violation, "it shows a host key of another type than it agreed on")
            }
            return (link, key)
        } catch let problem as SSHProblem {
            throw SFTPFailure.connection(problem, hop, "connect to")
        }
    }
}

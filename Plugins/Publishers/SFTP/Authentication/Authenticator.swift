import CSSH2
import Foundation
import PluginKit

/// Proves to a trusted host who we are, by what the profile has: key, agent, password. A server that wants several gets
/// them in this order.
final class Authenticator {
    /// Servers end the connection after six tries.
    private static let mostAgentKeys = 5

    private let hop: Destination
    private let link: SSHLink
    private let agent: String?
    private let deadline: ContinuousClock.Instant
    /// Of the attempts, as the profile calls them.
    private var tried: [String] = []
    /// What the server took when it was asked last.
    private var offered: Set<String> = []
    /// Whether the server refused something.
    private var wasRefused = false

    init(_ hop: Destination, _ link: SSHLink, agent: String?, until deadline: ContinuousClock.Instant) {
        self.hop = hop
        self.link = link
        self.agent = agent
        self.deadline = deadline
    }

    /// - Throws: `PluginFailure` (`auth`, `configuration`), `SSHProblem`, `CancellationError`.
    func authenticate() throws {
        do {
            if try isLetIn() { return }
        } catch let problem as SSHProblem where problem.kind == .lost && wasRefused {
            // Servers end the connection of who is refused too often.
        }
        throw SFTPFailure.refusedUser(hop, tried: tried, offered: offered.sorted())
    }

    private func isLetIn() throws -> Bool {
        guard try asksForMore() else { return true }
        for (name, attempt) in attempts() {
            let usable = Self.methods(of: name)
            // libssh2 does not tell the list that comes with a refusal, and to ask for it costs one of the tries that a
            // server allows. So that is done only where the next attempt is not on the list: after a first factor.
            if !tried.isEmpty, offered.isDisjoint(with: usable), try !asksForMore() { return true }
            guard !offered.isDisjoint(with: usable) else { continue }
            tried.append(name)
            if try attempt(offered) { return true }
        }
        return try !asksForMore()
    }

    private func attempts() -> [(String, (Set<String>) throws -> Bool)] {
        let credentials = hop.credentials
        var attempts: [(String, (Set<String>) throws -> Bool)] = []
        if let key = credentials.privateKey {
            attempts.append(("privateKey", { [self] _ in try use(key, passphrase: credentials.passphrase) }))
        }
        if credentials.usesAgent { attempts.append(("agent", { [self] _ in try useAgent() })) }
        if let password = credentials.password {
            attempts.append(
                (
                    "password",
                    { [self] methods in
                        if methods.contains("password"), try use(password: password) { return true }
                        return try methods.contains("keyboard-interactive") && answer(with: password)
                    }
                ))
        }
        return attempts
    }

    private static func methods(of name: String) -> Set<String> {
        name == "password" ? ["password", "keyboard-interactive"] : ["publickey"]
    }

    /// Asks what the server takes now.
    /// - Returns: false where it needs nothing more.
    private func asksForMore() throws -> Bool {
        while true {
            if let list = libssh2_userauth_list(link.raw, hop.user, length) {
                offered = Set(String(cString: list).split(separator: ",").map(String.init))
                return true
            }
            if libssh2_userauth_authenticated(link.raw) != 0 { return false }
            let status = libssh2_session_last_errno(link.raw)
            guard status == LIBSSH2_ERROR_EAGAIN else { throw link.problem(status) }
            try link.wait(until: deadline)
        }
    }

    // MARK: Keys

    private func use(_ file: Secret, passphrase: Secret?) throws -> Bool {
        do {
            switch try PrivateKey(file, passphrase: passphrase) {
            case .rsa(let signer): return try use(signer)
            case .other: break
            }
        } catch let unreadable as PrivateKey.Unreadable {
            throw SFTPFailure.unreadableKey(unreadable.cause, remedy: unreadable.remedy)
        } catch let error where !(error is PluginFailure || error is SSHProblem || error is CancellationError) {
            throw SFTPFailure.unreadableKey("it is no usable RSA key", remedy: "Make one with `ssh-keygen -t ed25519`.")
        }
        // libssh2 wants a C string.
        var phrase = passphrase?.withBytes { $0.map { CChar(bitPattern: $0) } }
        phrase?.append(0)
        defer { if let count = phrase?.count { phrase = [CChar](repeating: 0, count: count) } }
        let (user, count) = (hop.user, hop.user.utf8.count)
        do {
            return try file.withBytes { bytes -> Bool in
                try accepted {
                    libssh2_userauth_publickey_frommemory(
                        link.raw, user, count, nil, 0, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                        bytes.count, phrase)
                }
            }
        } catch let problem as SSHProblem where problem.kind != .timedOut && link.isOpen {
            // libssh2 has no one code for a key that it can't read; the connection knows nothing of it.
            throw SFTPFailure.unreadableKey(
                passphrase == nil ? "it is damaged, or under a passphrase" : "the passphrase does not fit",
                remedy: "Check `privateKey` and `passphrase` in the profile: both name secrets. Keys of type Ed25519, "
                    + "ECDSA and RSA can be used.")
        }
    }

    private func useAgent() throws -> Bool {
        guard let agent, !agent.isEmpty else { throw SFTPFailure.noAgent() }
        let signers: [AgentSigner]
        do {
            signers = try Agent(at: agent, link.patience, until: deadline).signers()
        } catch let problem as SSHProblem {
            throw SFTPFailure.agentFailed(problem)
        }
        var declined: SSHProblem?
        for signer in signers.prefix(Self.mostAgentKeys) {
            do {
                if try use(signer) { return true }
            } catch let failure as AgentFailure {
                // It may want to be asked for one key, and not for the next.
                guard failure.problem.kind == .refused else { throw SFTPFailure.agentFailed(failure.problem) }
                declined = failure.problem
            }
        }
        if let declined { throw SFTPFailure.agentFailed(declined) }
        return false
    }

    /// The agent of this machine failed, not the server.
    private struct AgentFailure: Error {
        let problem: SSHProblem
    }

    private func use(_ signer: some Signer) throws -> Bool {
        let lent = LentSigner(signer)
        var pointer: UnsafeMutableRawPointer? = Unmanaged.passUnretained(lent).toOpaque()
        let isAccepted = try withExtendedLifetime(lent) {
            try signer.blob.withUnsafeBufferPointer { blob -> Bool in
                try withUnsafeMutablePointer(to: &pointer) { abstract -> Bool in
                    try accepted {
                        libssh2_userauth_publickey(
                            link.raw, hop.user, blob.baseAddress, blob.count, LentSigner.callback, abstract)
                    }
                }
            }
        }
        if let problem = lent.failure as? SSHProblem { throw AgentFailure(problem: problem) }
        if let failure = lent.failure { throw failure }
        return isAccepted
    }

    // MARK: Passwords

    private func use(password: Secret) throws -> Bool {
        try password.withBytes { bytes in
            try accepted {
                libssh2_userauth_password_ex(
                    link.raw, hop.user, length, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                    UInt32(clamping: bytes.count), nil)
            }
        }
    }

    /// Answers a server's questions with the password, as long as they look like one for it.
    private func answer(with password: Secret) throws -> Bool {
        try link.answering(by: LentAnswer(password)) {
            try accepted {
                libssh2_userauth_keyboard_interactive_ex(link.raw, hop.user, length, LentAnswer.callback)
            }
        }
    }

    // MARK: Answers

    private var length: UInt32 { UInt32(clamping: hop.user.utf8.count) }

    /// Whether the server is content; false where it refused what it was shown, or wants more.
    private func accepted(_ body: () -> Int32) throws -> Bool {
        while true {
            let status = body()
            switch status {
            case 0...: return libssh2_userauth_authenticated(link.raw) != 0
            case LIBSSH2_ERROR_EAGAIN: try link.wait(until: deadline)
            case LIBSSH2_ERROR_AUTHENTICATION_FAILED, LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED,
                LIBSSH2_ERROR_PASSWORD_EXPIRED, LIBSSH2_ERROR_METHOD_NONE:
                wasRefused = true
                return false
            case LIBSSH2_ERROR_PUBLICKEY_PROTOCOL where !link.isOpen: throw link.problem(LIBSSH2_ERROR_SOCKET_RECV)
            case LIBSSH2_ERROR_PUBLICKEY_PROTOCOL, LIBSSH2_ERROR_AGENT_PROTOCOL: return false
            default: throw link.problem(status)
            }
        }
    }
}

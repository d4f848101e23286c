import Foundation

/// One key that an agent holds (draft-miller-ssh-agent).
final class AgentSigner: Signer {
    private let agent: Agent
    private let identity: [UInt8]
    let comment: String
    let blob: [UInt8]
    private let isRSA: Bool

    init?(_ agent: Agent, identity: [UInt8], comment: String) {
        self.agent = agent
        self.identity = identity
        self.comment = comment
        var reader = WireReader(identity)
        guard let type = try? reader.text(limit: 64), let rest = try? reader.take(reader.remaining),
            ["ssh-ed25519", "ssh-rsa"].contains(type) || type.hasPrefix("ecdsa-sha2-")
        else { return nil }
        isRSA = type == "ssh-rsa"
        if isRSA {
            var writer = WireWriter()
            writer.write(RSASigner.algorithm)
            blob = writer.bytes + rest
        } else {
            blob = identity
        }
    }

    func signature(of data: UnsafeRawBufferPointer) throws -> [UInt8] {
        guard isRSA else { return try agent.signature(of: data, by: identity, flags: 0) }
        // The server checks what was signed, and the agent is asked for the key under its own name.
        return try agent.signature(of: data, by: identity, flags: 4)
    }
}

/// The agent of this machine, asked over its socket with a deadline.
final class Agent {
    private static let largestAnswer = 256 << 10

    private let descriptor: Int32
    private let patience: Patience
    private let deadline: ContinuousClock.Instant

    /// - Throws: `SSHProblem` where it can't be asked.
    init(at path: String, _ patience: Patience, until deadline: ContinuousClock.Instant) throws {
        self.patience = patience
        self.deadline = deadline
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = withUnsafeMutableBytes(of: &address.sun_path) { target in
            guard path.utf8.count < target.count else { return false }
            target.copyBytes(from: path.utf8)
            return true
        }
        guard fits else { throw SSHProblem(.unreachable, "the agent's path \(path) is too long") }
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        descriptor = socket(AF_UNIX, type, 0)
        let status = withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard descriptor >= 0, status == 0 else {
            throw SSHProblem(.unreachable, "the agent at \(path): \(String(cString: strerror(errno)))")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The keys that can be used here, in the agent's order.
    func signers() throws -> [AgentSigner] {
        var reader = WireReader(slice: try ask { $0.write(UInt8(11)) }[...])
        do {
            guard try reader.byte() == 12 else { throw WireReader.Malformed() }
            let count = try reader.uint32()
            guard count <= 1024 else { throw WireReader.Malformed() }
            var signers: [AgentSigner] = []
            for _ in 0..<count {
                let identity = Array(try reader.string(limit: 16_384))
                let comment = try reader.text(limit: 4096)
                if let signer = AgentSigner(self, identity: identity, comment: comment) { signers.append(signer) }
            }
            return signers
        } catch is WireReader.Malformed {
            throw SSHProblem(.violation, "the agent gave no list of keys")
        }
    }

    func signature(of data: UnsafeRawBufferPointer, by identity: [UInt8], flags: UInt32) throws -> [UInt8] {
        let answer = try ask {
            $0.write(UInt8(13))
            $0.write(string: identity)
            $0.write(string: data)
            $0.write(flags)
        }
        do {
            var reader = WireReader(slice: answer[...])
            guard try reader.byte() == 14 else { throw WireReader.Malformed() }
            var signature = WireReader(slice: try reader.string(limit: 16_384))
            _ = try signature.string(limit: 64)
            return Array(try signature.string(limit: 16_384))
        } catch is WireReader.Malformed {
            throw SSHProblem(.refused, "the agent refuses to sign")
        }
    }

    private func ask(_ body: (inout WireWriter) -> Void) throws -> [UInt8] {
        var writer = WireWriter()
        writer.framed(body)
        var sent = 0
        while sent < writer.bytes.count {
            let count = writer.bytes[sent...].withUnsafeBytes { bytes in
                send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 { sent += count } else { try waitAfter(count, POLLOUT) }
        }
        let length = try receive(4).reduce(0) { $0 << 8 | Int($1) }
        guard length > 0, length <= Self.largestAnswer else {
            throw SSHProblem(.violation, "a malformed answer of the agent")
        }
        return try receive(length)
    }

    private func receive(_ wanted: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: wanted)
        var filled = 0
        while filled < wanted {
            let count = bytes[filled...].withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count > 0 { filled += count } else { try waitAfter(count, POLLIN) }
        }
        return bytes
    }

    private func waitAfter(_ count: Int, _ events: Int32) throws {
        guard count < 0, errno == EAGAIN || errno == EINTR else { throw SSHProblem(.lost, "the agent ended") }
        try patience.wait(for: descriptor, events, until: deadline)
    }
}

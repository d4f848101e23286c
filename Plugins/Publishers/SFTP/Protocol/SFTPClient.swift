import Foundation
import PluginKit

/// Version 3 of SFTP over a channel, pipelined: many requests are under way before the first answer is waited for.
///
/// Nothing that the server sends is trusted: lengths are bounded, an id must be of a request under way, and whatever
/// breaks the protocol ends the session. Not `Sendable`: it stays with the thread of its session.
final class SFTPClient {
    /// The largest packet that is taken, in bytes: OpenSSH's own limit.
    private static let largestPacket = 256 << 10
    /// What may be under way: more than the other side's buffers take would only wait there.
    private static let mostRequests = 128
    private static let mostAnswerBytes = 1 << 20
    private static let mostAskedBytes = 1 << 20

    private let channel: SSHChannel
    private var received: [UInt8] = []
    /// What is read into; zero wherever nothing is read.
    private var buffer = [UInt8](repeating: 0, count: 16_384)
    private var nextID: UInt32 = 0
    private(set) var extensions: Set<String> = []
    /// How often it was waited for answers with nothing more to ask.
    private(set) var roundTrips = 0
    /// Closes that nobody waits for: they go with the next requests.
    private var toClose: [SFTPRequest.FileHandle] = []

    private init(_ channel: SSHChannel) { self.channel = channel }

    static func open(on link: SSHLink, until deadline: ContinuousClock.Instant) throws -> SFTPClient {
        let channel = try SSHChannel.open(on: link, until: deadline)
        try channel.start("subsystem", "sftp", until: deadline)
        let client = SFTPClient(channel)
        try client.greet(until: deadline)
        return client
    }

    func offers(_ name: SFTPExtension) -> Bool { extensions.contains(name.rawValue) }

    /// Closes an open file along with the next requests.
    func closeLater(_ handle: SFTPRequest.FileHandle) { toClose.append(handle) }

    /// Asks all, and waits for all answers, which come in the order of the requests. What speaks of one open file is
    /// done in that order, too.
    /// - Throws: `SSHProblem`, `CancellationError`: the session is of no use any more.
    func ask(_ requests: [SFTPRequest], until deadline: ContinuousClock.Instant) throws -> [SFTPAnswer] {
        let closing = toClose.map { SFTPRequest.close($0) }
        toClose = []
        let all = closing + requests
        var answers = [SFTPAnswer?](repeating: nil, count: all.count)
        var open: [UInt32: Int] = [:]
        var (asked, answerBytes) = (0, 0)
        while asked < all.count || !open.isEmpty {
            var writer = WireWriter()
            defer { writer.wipe() }
            writer.reserve(all[asked...].prefix(Self.mostRequests).reduce(0) { min($0 + $1.size, Self.mostAskedBytes) })
            while asked < all.count, open.count < Self.mostRequests, answerBytes < Self.mostAnswerBytes,
                writer.bytes.count < Self.mostAskedBytes
            {
                let id = nextID
                nextID &+= 1
                all[asked].write(to: &writer, id: id)
                open[id] = asked
                answerBytes += all[asked].answerSize
                asked += 1
            }
            if !writer.bytes.isEmpty { try writer.bytes.withUnsafeBytes { try channel.write($0, until: deadline) } }
            if asked == all.count { roundTrips += 1 }
            repeat {
                let (id, answer) = try nextAnswer(until: deadline)
                guard let index = open.removeValue(forKey: id), isAnswer(answer, to: all[index]) else {
                    throw SSHProblem(.violation, "an answer that nobody asked for")
                }
                answerBytes -= all[index].answerSize
                answers[index] = answer
            } while !open.isEmpty && (asked == all.count || open.count > Self.mostRequests / 2)
        }
        let complete = answers.compactMap(\.self)
        guard complete.count == all.count else { throw SSHProblem(.violation, "an answer is missing") }
        return Array(complete.dropFirst(closing.count))
    }

    /// What a client says first: SSH_FXP_INIT, version 3.
    static let greeting: [UInt8] = [0, 0, 0, 5, 1, 0, 0, 0, 3]

    /// Whether this is how an SFTP server answers it: SSH_FXP_VERSION.
    static func isGreeting(_ bytes: [UInt8]) -> Bool {
        bytes.count >= 9 && bytes[0] == 0 && bytes[1] == 0 && bytes[4] == 2 && bytes[5...7].allSatisfy { $0 == 0 }
    }

    private func isAnswer(_ answer: SFTPAnswer, to request: SFTPRequest) -> Bool {
        switch (answer, request) {
        case (.status, _), (.handle, .open), (.handle, .openDirectory), (.names, .readDirectory), (.names, .readLink),
            (.names, .realPath), (.attributes, .lookAt), (.attributes, .lookAtOpen), (.fileSystem, .fileSystem):
            true
        case (.data(let bytes), .read(_, _, let count)): bytes.count <= count
        default: false
        }
    }

    private func greet(until deadline: ContinuousClock.Instant) throws {
        try Self.greeting.withUnsafeBytes { try channel.write($0, until: deadline) }
        do {
            var reader = WireReader(slice: try nextPacket(until: deadline))
            guard try reader.byte() == 2, try reader.uint32() == 3 else { throw WireReader.Malformed() }
            while reader.remaining > 0, extensions.count < 64 {
                extensions.insert(try reader.text(limit: 1024))
                _ = try reader.string(limit: 65_536)
            }
        } catch is WireReader.Malformed {
            throw SSHProblem(.violation, "the server does not speak version 3 of SFTP")
        }
    }

    private func nextAnswer(until deadline: ContinuousClock.Instant) throws -> (id: UInt32, answer: SFTPAnswer) {
        do {
            return try SFTPAnswer.read(try nextPacket(until: deadline))
        } catch is WireReader.Malformed {
            throw SSHProblem(.violation, "a malformed answer")
        }
    }

    private func nextPacket(until deadline: ContinuousClock.Instant) throws -> ArraySlice<UInt8> {
        while true {
            if received.count >= 4 {
                let length = received.prefix(4).reduce(0) { $0 << 8 | Int($1) }
                guard length > 0, length <= Self.largestPacket else {
                    throw SSHProblem(.violation, "a packet of \(length) bytes, as what is no SFTP server would send")
                }
                if received.count >= 4 + length {
                    let packet = Array(received[4..<(4 + length)])
                    received.removeFirst(4 + length)
                    return packet[...]
                }
            }
            try receive(until: deadline)
        }
    }

    private func receive(until deadline: ContinuousClock.Instant) throws {
        while true {
            let count = try buffer.withUnsafeMutableBytes { [channel] in try channel.read(into: $0) }
            switch count {
            case nil: try channel.link.wait(until: deadline)
            case 0?: throw SSHProblem(.lost, "the server ended the SFTP subsystem")
            case let count?:
                received.append(contentsOf: buffer[..<count])
                for index in 0..<count { buffer[index] = 0 }
                return
            }
        }
    }
}

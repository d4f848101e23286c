import Dispatch
import Foundation
import Glibc

@testable import Server

/// Speaks to the server byte by byte, as no well-behaved client would.
struct GuardClient: Sendable {
    let port: Int

    struct Failure: Error { var what: String }

    /// - Parameter headers: besides `Host` and `Connection: close`.
    func send(
        _ method: String, _ target: String, _ headers: [(String, String)] = [], body: String? = nil
    ) async throws -> GuardAnswer {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        return try await raw(text + "\r\n" + (body ?? ""), isHead: method == "HEAD")
    }

    func form(
        _ target: String, _ fields: [(String, String)], _ session: GuardSession? = nil,
        _ headers: [(String, String)] = []
    ) async throws -> GuardAnswer {
        var all = fields
        var sent = headers + [("Content-Type", "application/x-www-form-urlencoded")]
        if let session {
            all.append(("csrf", session.csrf))
            sent.append(("Cookie", session.cookie))
        }
        let body = all.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }.joined(separator: "&")
        return try await send("POST", target, sent, body: body)
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    func raw(_ text: String, isHead: Bool = false) async throws -> GuardAnswer {
        try await onThread {
            let line = try open()
            defer { line.end() }
            // The server may answer and hang up before all is sent.
            try? line.write(text)
            return try line.answer(isHead: isHead)
        }
    }

    /// - Parameter room: how many bytes the system takes in for it before they are read; nil: as many as usual.
    func open(room: Int32? = nil) throws -> GuardLine { try GuardLine(port: port, room: room) }

    func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: body)) }
        }
    }
}

/// One connection.
final class GuardLine: Sendable {
    /// POLLRDHUP (poll(2)), which Glibc hides.
    private static let hangsUp: Int16 = 0x2000

    private let descriptor: Int32

    init(port: Int, room: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw GuardClient.Failure(what: "socket: \(errno)") }
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        if var room { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(descriptor)
            throw GuardClient.Failure(what: "connect: \(errno)")
        }
    }

    func end() { close(descriptor) }

    func write(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw GuardClient.Failure(what: "send: \(errno)") }
            rest = rest.dropFirst(count)
        }
    }

    /// Whether the server hung up; waits a moment for it.
    func isOver(within milliseconds: Int) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard Glibc.poll(&poll, 1, Int32(milliseconds)) > 0 else { return false }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK)) <= 0
    }

    /// Whether the server hung up, whatever there is to be read before; waits for it.
    func isReset(within milliseconds: Int) -> Bool {
        var poll = pollfd(fd: descriptor, events: Self.hangsUp, revents: 0)
        return Glibc.poll(&poll, 1, Int32(milliseconds)) > 0
    }

    /// Reads all, so much at a time, with a pause before each.
    /// - Returns: how much it was, and its end.
    func read(_ size: Int, every milliseconds: UInt32) throws -> (count: Int, end: String) {
        var (count, end) = (0, [UInt8]())
        var buffer = [UInt8](repeating: 0, count: size)
        while true {
            usleep(milliseconds * 1000)
            let got = recv(descriptor, &buffer, size, 0)
            guard got >= 0 else { throw GuardClient.Failure(what: "recv: \(errno) after \(count) bytes") }
            guard got > 0 else { return (count, String(decoding: end, as: UTF8.self)) }
            count += got
            end = Array((end + buffer[..<got]).suffix(100))
        }
    }

    /// Up to the end of the connection, or of the head of a stream of events.
    func answer(isHead: Bool = false) throws -> GuardAnswer {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if let answer = GuardAnswer(bytes),
                isHead || answer["content-type"]?.hasPrefix("text/event-stream") ?? false
            {
                return answer
            }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count < 0, bytes.isEmpty { throw GuardClient.Failure(what: "recv: \(errno)") }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        guard let answer = GuardAnswer(bytes) else {
            throw GuardClient.Failure(what: "no answer: \(bytes.count) bytes")
        }
        return answer
    }
}

struct GuardAnswer: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    let body: [UInt8]

    /// Nil where the head is not there as a whole.
    init?(_ bytes: [UInt8]) {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        guard let code = lines.first?.split(separator: " ").dropFirst().first, let status = Int(code) else {
            return nil
        }
        self.status = status
        headers = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            return (line[..<colon].lowercased(), value)
        }
        // Chunks are left as they came: what tests look for stands in one.
        body = Array(bytes[end.upperBound...])
    }

    subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    var text: String { String(decoding: body, as: UTF8.self) }
    var location: String { self["location"] ?? "" }
    /// The one that is set, if any.
    var cookie: String? { self["set-cookie"] }
    var session: GuardSession? {
        guard let pair = cookie?.split(separator: ";").first?.split(separator: "=", maxSplits: 1), pair.count == 2
        else { return nil }
        return GuardSession(id: String(pair[1]))
    }
    /// Of a problem document.
    var code: String? {
        (try? JSONDecoder().decode(Problem.Document.self, from: Data(body)))?.code
    }

    func has(_ part: String) -> Bool { body.firstRange(of: Array(part.utf8)) != nil }
}

import Dispatch
import Foundation
import Glibc
import Synchronization

/// A service within the operator's network, as somebody outside would like to read it: over HTTP, on this machine.
final class InnerService: Sendable {
    static let canary = "canary-of-the-inner-service"

    let port: Int
    private let listener: Int32
    private let asked = Mutex<[String]>([])

    /// The first lines of the requests that came.
    var requests: [String] { asked.withLock { $0 } }

    /// - Parameters:
    ///   - status: "500 Internal Server Error"
    ///   - location: where it sends whoever asks.
    init(status: String, location: String? = nil) throws {
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listener = listener
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 16) == 0 && getsockname(listener, $0, &size) == 0
            }
        }
        guard isBound else { throw GuardClient.Failure(what: "listen: \(errno)") }
        port = Int(UInt16(bigEndian: address.sin_port))
        let body = "{\"message\":\"\(Self.canary)\"}"
        let answer =
            "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nConnection: close\r\n"
            + "Content-Length: \(body.utf8.count)\r\n" + (location.map { "Location: \($0)\r\n" } ?? "") + "\r\n\(body)"
        Thread.detachNewThread { [self] in serve(answer) }
    }

    /// Ends when the listener does.
    private func serve(_ answer: String) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            let count = max(0, recv(connection, &buffer, buffer.count, 0))
            let text = String(decoding: buffer[..<count], as: UTF8.self)
            asked.withLock { $0.append(String(text.prefix { $0 != "\r\n" && $0 != "\r" })) }
            _ = Array(answer.utf8).withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            close(connection)
        }
    }

    func end() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }
}

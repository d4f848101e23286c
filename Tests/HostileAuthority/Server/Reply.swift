import Foundation
import NIOCore
import NIOHTTP1

/// What goes back for one request.
public struct Reply: Sendable {
    /// How it goes back.
    public enum Delivery: Sendable {
        case whole
        /// The connection is closed instead.
        case lost
        /// The connection is closed after the header and half of the body.
        case cut
        /// One byte each so often, from the status line on.
        case drip(every: Duration)
        /// A header that does not end.
        case endlessHeader
        /// A body that does not end.
        case endlessBody
    }

    public var status: Int
    public var headers: HTTPHeaders
    public var body: Data
    public var delivery = Delivery.whole

    public init(_ status: Int, _ headers: HTTPHeaders = [:], body: Data = Data()) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The bytes of the status line and the header.
    func head(withLength: Bool) -> ByteBuffer {
        var text = "HTTP/1.1 \(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)\r\n"
        for (name, value) in headers where !Self.framing.contains(name.lowercased()) { text += "\(name): \(value)\r\n" }
        if withLength { text += "Content-Length: \(body.count)\r\n" }
        return ByteBuffer(string: text)
    }

    /// What the server says by itself.
    private static let framing: Set<String> = ["content-length", "transfer-encoding", "connection"]
}

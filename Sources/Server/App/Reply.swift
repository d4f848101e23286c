import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// What a route answers.
struct Reply: Sendable {
    enum Body: Sendable {
        case none
        case bytes(ByteBuffer)
        /// Written bit by bit; ends when the closure returns.
        case stream(@Sendable (inout any ResponseBodyWriter) async throws -> Void)
    }

    var status: HTTPResponse.Status
    var headers: HTTPFields = [:]
    var body: Body = .none

    init(_ status: HTTPResponse.Status, headers: HTTPFields = [:], body: Body = .none) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    static func html(_ text: String, status: HTTPResponse.Status = .ok) -> Reply {
        Reply(status, headers: [.contentType: "text/html; charset=utf-8"], body: .bytes(ByteBuffer(string: text)))
    }

    /// - Parameter etag: what `If-Match` must say for a change.
    static func json(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, etag: String? = nil
    ) throws -> Reply {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var headers: HTTPFields = [.contentType: "application/json"]
        if let etag { headers[.eTag] = etag }
        return Reply(status, headers: headers, body: .bytes(ByteBuffer(data: try encoder.encode(value))))
    }

    /// The browser goes on there with a GET.
    static func seeOther(_ path: String) -> Reply { Reply(.seeOther, headers: [.location: path]) }

    /// A file to keep.
    static func download(_ name: String, _ type: String, _ body: Body) -> Reply {
        let plain = name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        return Reply(
            .ok, headers: [.contentType: type, .contentDisposition: "attachment; filename=\"\(plain)\""], body: body)
    }
}

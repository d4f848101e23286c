import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix

@testable import Server

/// Speaks HTTP/1.1 to a server of a test, a connection for each request.
struct TestClient: Sendable {
    /// Whom requests are from.
    enum Identity: Sendable {
        case nobody
        case token(String)
        case session(String, csrf: String)
    }

    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: Data

        var text: String { String(decoding: body, as: UTF8.self) }
        func json<Form: Decodable>(_ type: Form.Type = Form.self) throws -> Form {
            try JSONDecoder().decode(type, from: body)
        }
        var value: JSONValue { (try? json(JSONValue.self)) ?? .null }
        /// Of a problem document.
        var code: String? { (try? json(Problem.Document.self))?.code }
        var etag: String { headers["etag"].first ?? "" }
    }

    struct NoAnswer: Error {}

    let port: Int
    var identity = Identity.nobody

    func `as`(_ identity: Identity) -> TestClient {
        var client = self
        client.identity = identity
        return client
    }

    func get(_ path: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("GET", path, headers: headers)
    }

    /// As a page's form sends it, without scripts.
    func form(_ path: String, _ fields: [String: String]) async throws -> Answer {
        try await form(path, fields.map { ($0.key, $0.value) })
    }

    func form(_ path: String, _ fields: [(String, String)]) async throws -> Answer {
        var fields = fields
        if case .session(_, let csrf) = identity { fields.append(("csrf", csrf)) }
        let text = fields.map { name, value in "\(AddressText.encoded(name))=\(AddressText.encoded(value))" }
        return try await send(
            "POST", path, body: Data(text.joined(separator: "&").utf8),
            headers: ["content-type": "application/x-www-form-urlencoded"])
    }

    func send(
        _ method: String, _ path: String, json: JSONValue? = nil, body: Data? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        var head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: path)
        head.headers.add(name: "host", value: "localhost:\(port)")
        head.headers.add(name: "connection", value: "close")
        switch identity {
        case .nobody: break
        case .token(let token): head.headers.add(name: "authorization", value: "Bearer \(token)")
        case .session(let id, let csrf):
            head.headers.add(name: "cookie", value: "\(SessionCookie.name)=\(id)")
            if method != "GET" { head.headers.add(name: "x-certflow-csrf", value: csrf) }
        }
        let bytes = try json.map { try JSONEncoder().encode($0) } ?? body ?? Data()
        if json != nil { head.headers.add(name: "content-type", value: "application/json") }
        for (name, value) in headers { head.headers.replaceOrAdd(name: name, value: value) }
        if method != "GET" || !bytes.isEmpty { head.headers.add(name: "content-length", value: String(bytes.count)) }
        return try await exchange(head, bytes)
    }

    private func exchange(_ head: HTTPRequestHead, _ bytes: Data) async throws -> Answer {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(.head(head))
            if !bytes.isEmpty { try? await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: bytes)))) }
            try? await outbound.write(.end(nil))
            var answer: Answer?
            for try await part in inbound {
                switch part {
                case .head(let head):
                    answer = Answer(status: Int(head.status.code), headers: head.headers, body: Data())
                case .body(let buffer): answer?.body.append(contentsOf: buffer.readableBytesView)
                case .end:
                    guard let answer else { throw NoAnswer() }
                    return answer
                }
            }
            throw NoAnswer()
        }
    }
}

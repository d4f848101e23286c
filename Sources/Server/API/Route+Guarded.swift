import Automation
import Foundation
import HTTPTypes
import NIOCore
import Storage

extension Route {
    /// With what every route of the API does: refuses what stands in the query and is not taken, and serves a repeated
    /// act with the answer of the first.
    var guarded: Route {
        guard let api else { return self }
        let handle = handle
        let items = api.query + (api.isPage ? [Exchange.limit, Exchange.after] : [])
        return Route(method: method, path: path, kind: kind, access: access, takes: takes, api: api) { exchange in
            try exchange.query.check(items)
            guard api.isAct, let act = try RepeatedAct(exchange) else { return try await handle(exchange) }
            return try await act.answer { try await handle(exchange) }
        }
    }
}

extension Query {
    /// - Throws: where an item is not among `known`, stands twice or is of another kind.
    func check(_ known: [APIField]) throws {
        for item in items {
            guard let field = known.first(where: { $0.name == item.name }) else {
                throw Fields.wrong(
                    String(item.name.prefix(64)), "is not taken here",
                    known.isEmpty ? "Leave it out." : "Known are: \(known.map(\.name).joined(separator: ", ")).")
            }
            if field.kind != .texts, all(item.name).count > 1 {
                throw Fields.wrong(item.name, "is given twice", "Give it once.")
            }
            try field.check(Fields([item.name: [item.value]]))
        }
        for field in known where field.isRequired && self[field.name] == nil {
            throw Fields.wrong(field.name, "is missing", "Send it.")
        }
    }

    func flag(_ name: String) throws -> Bool { try Fields(self[name].map { [name: [$0]] } ?? [:]).flag(name) }
}

/// An act with an Idempotency-Key: done once, however often it arrives within a day.
///
/// The key is reserved before the act and keeps its answer after, so that a request whose answer was lost can be
/// sent again.
struct RepeatedAct: Sendable {
    private static let kept = Span.hours(24)
    static let header = HTTPField.Name("idempotency-key") ?? .ifMatch

    private struct Body: Codable {
        /// Of method, path and body.
        var request: String
        var status: Int?
        var type: String?
        var answer: String?
    }

    private let exchange: Exchange
    private let key: String
    private let request: String
    private let account: String

    /// Nil where the request bears no key.
    init?(_ exchange: Exchange) throws {
        guard let text = exchange.headers[Self.header] else { return nil }
        guard !text.isEmpty, text.utf8.count <= 200 else {
            throw Problem(
                400, "idempotency.key", "The Idempotency-Key is longer than 200 characters, or empty.",
                remedy: "Send a random one, such as a UUID.")
        }
        self.exchange = exchange
        account = try exchange.principal.account
        key = People.key("answer \(account) \(text)")
        let parts = [
            exchange.route.method.rawValue, exchange.route.path,
            exchange.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "&"),
            exchange.query.items.map { "\($0.name)=\($0.value)" }.joined(separator: "&"),
        ]
        request = People.key(
            parts.joined(separator: "\n") + "\n" + People.key(String(decoding: exchange.body, as: UTF8.self)))
    }

    func answer(_ act: () async throws -> Reply) async throws -> Reply {
        if let known = try await known() { return known }
        guard try await put(Body(request: request), revision: 0) else {
            // Another request with the same key came in between.
            if let known = try await known() { return known }
            throw Self.underway
        }
        let reply: Reply
        do {
            reply = try await act()
        } catch {
            // A refusal changed nothing: the same key may be tried again. What else went wrong leaves it unknown.
            if let problem = Problem.of(error), problem.status < 500 {
                _ = try? await exchange.house.ledger.commit(Change([.removeDocument(.answer, key: key)]))
            }
            throw error
        }
        guard case .bytes(let buffer) = reply.body else { return reply }
        let body = Body(
            request: request, status: reply.status.code, type: reply.headers[.contentType],
            answer: String(buffer: buffer))
        _ = try await put(body, revision: 1)
        return reply
    }

    private func known() async throws -> Reply? {
        guard let record = try await exchange.house.ledger.document(.answer, key), exchange.house.now() <= record.endsAt
        else {
            return nil
        }
        let body = try JSONDecoder().decode(Body.self, from: Data(record.body.utf8))
        guard body.request == request else {
            throw Problem(
                422, "idempotency.differs", "This Idempotency-Key belongs to another request.",
                remedy: "Send a new key with each new act.")
        }
        guard let status = body.status else { throw Self.underway }
        var headers: HTTPFields = [:]
        headers[.contentType] = body.type
        return Reply(.init(code: status), headers: headers, body: .bytes(ByteBuffer(string: body.answer ?? "")))
    }

    private static let underway = Problem(
        409, "idempotency.underway",
        "The first request with this Idempotency-Key has no answer: it is under way, or was cut off.",
        remedy: "Look whether it was done, with GET; then send a new key if it was not.")

    /// - Returns: whether it was stored; not where another one was first.
    private func put(_ body: Body, revision: Int) async throws -> Bool {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let now = exchange.house.now()
        let record = DocumentRecord(
            .answer, key, owner: account, endsAt: now + Self.kept, revision: revision,
            body: String(decoding: try encoder.encode(body), as: UTF8.self))
        let outcome = try await exchange.house.ledger.commit(
            Change([.removeDocumentsEnded(before: now), .putDocument(record)]))
        return outcome == .applied
    }
}

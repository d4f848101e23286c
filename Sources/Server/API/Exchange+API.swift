import Automation
import Foundation
import HTTPTypes
import PluginKit
import Profiles
import Runner
import Storage

extension Exchange {
    // MARK: What a person may see

    /// A certificate that the person sees; what it does not see is as what there is not.
    func certificate(_ name: String) async throws -> CertificateRecord {
        let person = try principal
        guard let record = try await house.ledger.certificate(named: name), person.sees(record.labels) else {
            // A nearest name would tell of what is not shown.
            guard person.scope.isEmpty else { throw DeskRefusal.unknownCertificate(name) }
            return try await house.ledger.knownCertificate(name)
        }
        return record
    }

    /// The one that the path names.
    var certificate: CertificateRecord {
        get async throws { try await certificate(try parameter("name")) }
    }

    func overview(_ record: CertificateRecord) async throws -> CertificateOverview {
        guard let overview = try await house.ledger.overview(record.id) else {
            throw DeskRefusal.unknownCertificate(record.name)
        }
        return overview
    }

    /// Of the certificate that the path names.
    var overview: CertificateOverview {
        get async throws {
            let name = try parameter("name")
            guard let overview = try await house.ledger.overview(named: name),
                try principal.sees(overview.certificate.labels)
            else { return try await self.overview(try await certificate(name)) }
            return overview
        }
    }

    var scope: CertificateScope { CertificateScope(labels: visitor?.scope ?? [:]) }

    func desk() throws -> Desk { house.desk(try principal, reason: try fields.text("reason", atMost: 1000)) }

    // MARK: Pages

    static let limit = APIField("limit", .integer, "How many at most, 1 to 500; 50 where it is left out.")
    static let after = APIField("after", .text, "What `next` of the page before said.")

    /// How many items a page has at most.
    func pageSize(usual: Int = 50) throws -> Int {
        guard let text = query["limit"] else { return usual }
        guard let limit = Int(text), (1...500).contains(limit) else {
            throw Fields.wrong("limit", "is no number from 1 to 500", "Send such a number.")
        }
        return limit
    }

    private static let noPlace = Fields.wrong(
        "after", "is no place in this list", "Send what `next` said, or leave it out.")

    /// Where the page before ended, in a list of that order; nil at the first.
    func cursor(_ order: String) throws -> ListCursor? {
        guard let text = query["after"] else { return nil }
        guard let cursor = ListCursor(text), cursor.order == order else { throw Self.noPlace }
        return cursor
    }

    /// Where the page before ended: how many there were up to there, and what the last of them was.
    func position() throws -> (count: Int, last: String?) {
        guard let text = query["after"] else { return (0, nil) }
        let parts = text.split(separator: "-", maxSplits: 1).map(String.init)
        guard let count = parts.first.flatMap({ Int($0) }), (0...10_000_000).contains(count) else {
            throw Self.noPlace
        }
        return (count, parts.count > 1 ? parts[1] : nil)
    }

    /// So many may come to the head of a list between two pages of it, and none is told twice.
    private static let leeway = 100

    /// How much of a list that grows at its head has to be read for this page, one more and what came since.
    func reach() throws -> Int { try position().count + pageSize() + 1 + Self.leeway }

    /// One page out of a list, which is read as a whole or as far as `reach`. It begins behind what the page before
    /// ended with, wherever that stands now.
    func page<Item: Codable & Sendable>(of items: [Item]) throws -> PageForm<Item> {
        let (position, size) = (try position(), try pageSize())
        var start = min(position.count, items.count)
        if let last = position.last {
            let near = max(0, start - 1 - Self.leeway)..<min(items.count, start + Self.leeway)
            let place = try near.filter { try Self.mark(items[$0]) == last }
                .min { abs($0 + 1 - position.count) < abs($1 + 1 - position.count) }
            start = place.map { $0 + 1 } ?? start
        }
        let rest = items.dropFirst(start)
        let page = Array(rest.prefix(size))
        guard rest.count > size, let last = page.last else { return PageForm(page) }
        return PageForm(page, next: "\(start + size)-\(try Self.mark(last))")
    }

    /// Tells an item from others.
    static func mark(_ item: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(People.key(String(decoding: try encoder.encode(item), as: UTF8.self)).prefix(16))
    }

    // MARK: Versions of what is changed

    private static func tag(_ version: String) -> String { "\"\(version)\"" }

    func versioned(_ value: some Encodable, _ version: String, status: HTTPResponse.Status = .ok) throws -> Reply {
        try .json(value, status: status, etag: Self.tag(version))
    }

    /// - Throws: where the request does not say which version it changes, or says another one.
    func requireVersion(_ version: String) throws {
        guard let header = headers[.ifMatch] else {
            throw Problem(
                428, "version.missing", "The change does not say which version it is of.",
                remedy: "Read it first, and send its ETag as If-Match.")
        }
        let tags = header.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        guard tags.contains(Self.tag(version)) || tags == ["*"] else {
            throw Problem(
                412, "version.differs", "Somebody changed it since it was read.",
                remedy: "Read it again, and put the change on top of it.")
        }
    }

    // MARK: Bodies

    /// A value of the body as it was sent.
    func value(_ name: String) throws -> JSONValue? {
        guard !body.isEmpty else { return nil }
        return (try? JSONDecoder().decode([String: JSONValue].self, from: body))?[name]
    }

    func data(_ value: JSONValue) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(value)
    }

    /// An object of texts.
    func labels(_ name: String) throws -> [String: String]? {
        guard case .object(let object)? = try value(name) else { return nil }
        var labels: [String: String] = [:]
        for (key, value) in object {
            guard case .text(let text) = value, key.utf8.count <= 100, text.utf8.count <= 200, !key.isEmpty else {
                throw Fields.wrong(name, "is no object of texts", "Send labels with their values.")
            }
            labels[key] = text
        }
        guard labels.count <= 50 else { throw Fields.wrong(name, "has more than 50 labels", "Send fewer.") }
        return labels
    }

    func instant(_ name: String, _ text: String?) throws -> Instant? {
        guard let text, !text.isEmpty else { return nil }
        guard let instant = Instant(rfc3339: text) else {
            throw Fields.wrong(name, "is no time", "Write it as 2026-11-26T23:00:00Z.")
        }
        return instant
    }

    /// - Throws: the problems of something that was read, each at its place.
    static func refuse(_ problems: [OptionProblem]) throws {
        guard !problems.isEmpty else { return }
        var problem = Problem.refused(
            Problem.ofPlaces, "What was sent is not accepted.", remedy: "Mend what stands beside each place.")
        problem.places = problems.prefix(100).map { .init("\($0.position)", $0.message, remedy: $0.remedy) }
        throw problem
    }
}

extension APIField {
    /// Why it is done: stands in the audit trail.
    static let why = APIField("reason", .text, "Why it is done: stands in the audit trail.")
}

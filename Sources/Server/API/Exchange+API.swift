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

    /// A cursor that counts.
    func position() throws -> Int {
        guard let text = query["after"] else { return 0 }
        guard let position = Int(text), (0...10_000_000).contains(position) else {
            throw Fields.wrong("after", "is no place in this list", "Send what `next` said, or leave it out.")
        }
        return position
    }

    /// One page out of a list that is read as a whole.
    func page<Item: Codable & Sendable>(of items: [Item]) throws -> PageForm<Item> {
        let (start, size) = (try position(), try pageSize())
        let rest = items.dropFirst(start)
        return PageForm(Array(rest.prefix(size)), next: rest.count > size ? String(start + size) : nil)
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
            "request.problems", "What was sent is not accepted.", remedy: "Mend what stands beside each place.")
        problem.places = problems.prefix(100).map { .init("\($0.position)", $0.message, remedy: $0.remedy) }
        throw problem
    }
}

extension APIField {
    /// Why it is done: stands in the audit trail.
    static let why = APIField("reason", .text, "Why it is done: stands in the audit trail.")
}

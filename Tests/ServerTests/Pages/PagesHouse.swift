import Automation
import Foundation
import HTTPTypes
import Logging
import NIOCore
import PluginKit
import Profiles
import Runner
import Storage
import Testing

@testable import Server
@testable import SimulationKit

/// Pages over a ledger in memory, asked without a network: what a route answers to whom.
struct PagesHouse: Sendable {
    let listing: ListingHouse
    let house: House
    private static let now = ListingHouse.now

    init() throws {
        listing = try ListingHouse()
        let now = Self.now
        // Another number at each call, so that no two keys are alike.
        let entropy: @Sendable (Int) -> [UInt8] = { count in (0..<count).map { _ in UInt8.random(in: 0...255) } }
        let outside = RunnerDependencies(
            ledger: listing.ledger, clock: RunnerClock(now: { now }, monotonic: { .zero }, sleep: { _ in }),
            registry: Registry(publishers: [], issuers: []), profiles: ProfileShelf(listing.shelf.set),
            vault: .transparent, tools: .synthetic(entropy), probe: { _ in [] },
            runCommand: { _ in throw PluginFailure(.configuration, code: "test.none", message: "none", remedy: "none")
            },
            send: nil, entropy: entropy)
        var settings = ServerSettings()
        settings.zone = ZoneTable.shared["Europe/Berlin"] ?? .utc
        let people = People(ledger: listing.ledger, now: { now }, entropy: entropy, cost: .init(rounds: 2))
        house = House(
            outside: outside, people: people, settings: settings, wake: {}, lastPass: { now - .seconds(12) },
            files: ProfileFiles(read: { _, _ in nil }, write: { _, _, _ in }), log: Logger(label: "test"))
    }

    static func person(_ role: Role = .operator, scope: [String: String] = [:]) -> Principal {
        Principal(
            account: "anna", role: role, scope: scope, exportsKeys: false, usesKeys: true,
            means: .session("s", provedAt: now), csrf: "c5rf")
    }

    struct Answer {
        var status: Int
        var text: String
        var headers: HTTPFields
    }

    func get(_ address: String, as person: Principal = person()) async throws -> Answer {
        let parts = address.split(separator: "?", maxSplits: 1).map(String.init)
        return try await ask(.get, parts[0], query: parts.count > 1 ? parts[1] : "", as: person)
    }

    func post(_ path: String, _ fields: [String: [String]], as person: Principal = person()) async throws -> Answer {
        try await ask(.post, path, fields: fields, as: person)
    }

    private func ask(
        _ method: HTTPRequest.Method, _ path: String, query: String = "", fields: [String: [String]] = [:],
        as person: Principal
    ) async throws -> Answer {
        let route = try #require(RouteTable.routes(Metrics()).first { $0.method == method && $0.path == path })
        if case .right(let right) = route.access { try #require(person.may(right)) }
        let takes = Set((route.takes ?? []).map(\.name))
        try #require(Set(fields.keys).isSubset(of: takes))
        let reply = try await route.handle(
            Exchange(
                house: house, route: route, visitor: person, parameters: [:], query: Query(query), headers: [:],
                body: Data(), fields: Fields(fields), address: "127.0.0.1", reference: "r"))
        var text = ""
        if case .bytes(let buffer) = reply.body { text = String(buffer: buffer) }
        return Answer(status: reply.status.code, text: text, headers: reply.headers)
    }

    /// The values of hidden fields of a page's form.
    static func hidden(_ name: String, in page: String) -> [String] {
        page.components(separatedBy: "<input type=\"hidden\" name=\"\(name)\" value=\"").dropFirst().compactMap {
            $0.components(separatedBy: "\"").first
        }
    }
}

/// A context against the contract that its template is written to.
enum PageContract {
    /// The names of a context, those of its parts with a point; of lists all that any item has.
    static func names(_ value: Any, _ prefix: String = "") -> Set<String> {
        if let group = value as? [String: Any] {
            return group.reduce(into: []) { names, entry in
                names.insert(prefix + entry.key)
                names.formUnion(Self.names(entry.value, "\(prefix)\(entry.key)."))
            }
        }
        if let list = value as? [Any] { return list.reduce(into: []) { $0.formUnion(names($1, prefix)) } }
        return []
    }

    /// What the fixture has and the context lacks, but what the frame fills in.
    static func missing(_ fixture: String, in context: [String: Any]) throws -> [String] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appending(path: "Fixtures/pages/\(fixture).json"))
        let wanted = names(try JSONSerialization.jsonObject(with: data)).filter { name in
            !["csrf", "frame", "template"].contains { name == $0 || name.hasPrefix("\($0).") }
        }
        return wanted.subtracting(names(context)).sorted()
    }
}

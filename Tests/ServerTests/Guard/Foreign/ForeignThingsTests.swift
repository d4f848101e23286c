import Automation
import Foundation
import Storage
import Testing

@testable import Server

/// Other people's things, asked for by every field that can name one, of every route of the table.
@Suite("Other people's things", .serialized)
struct ForeignThingsTests {
    private static let routes = RouteTable.routes(Metrics())
    private static let fields = ForeignRequest.Field.all(routes).fields

    /// Asked with what is somebody else's, and then with one's own: the answers do not differ, for nothing is there yet.
    private static let alike: Set<String> = [
        "GET /audit, who", "GET /audit.jsonl, who", "GET /runs, certificate", "GET /runs, q",
    ]

    @Test("what each field of each route names is known here")
    func known() throws {
        let unknown = ForeignRequest.Field.all(Self.routes).unknown
        #expect(unknown == [], "say in FieldMeaning what they name: then they are tested")
        #expect(Self.fields.count > 100)
    }

    @Test("what pages read from their addresses is known here")
    func knownItems() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../../../Sources/Server/Pages").standardized
        let files =
            FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
        #expect(files.count > 50)
        var read: Set<String> = []
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            for match in text.matches(of: /(?:query|given)(?:\.all\(|\[)"(\w+)"[\])]/) { read.insert(String(match.1)) }
        }
        #expect(read.count > 20)
        let forms: Set<String> = ["backend", "passphrase", "passphraseAgain", "reason"]
        #expect(read.subtracting(FieldMeaning.knownItems).subtracting(forms) == [])
    }

    @Test(
        "is answered as what there is not, and nothing is changed, whoever asks",
        arguments: Set(fields.map { "\($0.route.method.rawValue) \($0.route.path)" }).sorted())
    func everyField(_ name: String) async throws {
        for field in Self.fields where "\(field.route.method.rawValue) \(field.route.path)" == name {
            var (number, count) = (0, 1)
            while number < count {
                // Anew for each: asked for by its own name, a thing may be gone.
                let foreign = try await ForeignHouse.make()
                let all = foreign.values(field.meaning, in: field.route)
                count = all.count
                let values = try #require(all.dropFirst(number).first)
                try await GuardHouse.served(foreign.house) { _, client in
                    for person in try await foreign.people() where Self.isFor(person, field.route) {
                        try await Self.compare(field, values, foreign, person, client)
                    }
                }
                number += 1
            }
        }
    }

    private static func isFor(_ person: ForeignHouse.Person, _ route: Route) -> Bool {
        person.name == "a session" || route.kind == .api && route.access != .session
    }

    private static func compare(
        _ field: ForeignRequest.Field, _ values: ForeignHouse.Values, _ foreign: ForeignHouse,
        _ person: ForeignHouse.Person, _ client: GuardClient
    ) async throws {
        let lists: [[String]] = field.isList ? [[], [values.own]] : [[]]
        for before in lists {
            let state = try await foreign.state()
            var answers: [(status: Int, text: String)] = []
            for value in [values.foreign, values.absent] {
                // What is somebody else's first: making what there is not is allowed.
                let answer = try await ask(field, before + [value], foreign, person, client)
                answers.append((answer.status, plain(answer, value, values, field)))
                if value == values.foreign {
                    let what = Comment(rawValue: "\(field.words) by \(person.name): \(answer.status) \(answer.text)")
                    #expect(try await foreign.state() == state, what)
                    for canary in ForeignHouse.canaries where canary != values.foreign {
                        #expect(!answer.text.contains(canary), what)
                    }
                    #expect(answer.status < 500, what)
                }
            }
            let what = Comment(
                rawValue: "\(field.words) = \(before + [values.foreign]) by \(person.name): \(answers)")
            guard !isMadeAnew(field.meaning) else {
                #expect((400..<500).contains(answers[0].status), what)
                continue
            }
            #expect(answers[0].status == answers[1].status, what)
            #expect(answers[0].text == answers[1].text, what)
        }
        // One's own is answered otherwise: what was compared is not a mistake in something else.
        guard person.name == "a session", !isMadeAnew(field.meaning), !alike.contains(field.words) else { return }
        let (own, other) = (
            try await ask(field, [values.own], foreign, person, client),
            try await ask(field, [values.absent], foreign, person, client)
        )
        let isOther =
            own.status != other.status
            || plain(own, values.own, values, field) != plain(other, values.absent, values, field)
        #expect(isOther, "\(field.words) = \(values.own): \(own.status) \(own.text)")
    }

    /// Two people may choose one name: that it is taken has to be told.
    private static func isMadeAnew(_ meaning: FieldMeaning) -> Bool {
        [.newCertificate, .newAccount, .spec, .specs, .specFiles].contains(meaning)
    }

    private static func ask(
        _ field: ForeignRequest.Field, _ named: [String], _ foreign: ForeignHouse, _ person: ForeignHouse.Person,
        _ client: GuardClient
    ) async throws -> GuardAnswer {
        let request = try ForeignRequest(field, named, foreign)
        return try await client.send(
            request.method, request.target, person.headers + [("Content-Type", request.type), ("If-Match", "*")],
            body: request.body)
    }

    /// Without what differs by nature: what was asked for, and the request's reference.
    private static func plain(
        _ answer: GuardAnswer, _ value: String, _ values: ForeignHouse.Values, _ field: ForeignRequest.Field
    ) -> String {
        var text = answer.text + answer.location
        let words = [
            value, GuardClient.encoded(value), AddressText.encoded(value),
            value.replacingOccurrences(of: ":", with: ": "),
        ]
        for word in words {
            if word.allSatisfy(\.isNumber) {
                text = text.replacing(/\b\d+\b/) { $0.output == word ? "NAME" : String($0.output) }
            } else {
                text = text.replacingOccurrences(of: word, with: "NAME")
            }
        }
        return text.replacing(/[0-9a-f]{12,}/, with: "REFERENCE")
    }
}

import Automation
import Foundation
import Storage

/// An act that a form asks for with a key: done once, however often the form arrives within a day.
struct OnceByKey: Sendable {
    private static let kept = Span.hours(24)

    private let house: House
    private let account: String
    private let key: String

    static func newKey(_ house: House) -> String {
        house.outside.entropy(16).map { byte in String(byte >> 4, radix: 16) + String(byte & 15, radix: 16) }.joined()
    }

    /// - Throws: `Problem` where the key is none of ours.
    init(_ exchange: Exchange, _ text: String) throws {
        guard text.utf8.count == 32, text.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw Fields.wrong("key", "is none that this server gave", "Open the page again.")
        }
        house = exchange.house
        account = try exchange.principal.account
        key = People.key("form \(account) \(text)")
    }

    /// Does nothing where it was done before. A refusal changed nothing: the same key may be tried again.
    func perform(_ act: () async throws -> Void) async throws {
        let now = house.now()
        let record = DocumentRecord(.answer, key, owner: account, endsAt: now + Self.kept, body: "{}")
        let outcome = try await house.ledger.commit(
            Change([.removeDocumentsEnded(before: now), .putDocument(record)]))
        guard outcome == .applied else { return }
        do {
            try await act()
        } catch {
            if let problem = Problem.of(error), problem.status < 500 {
                _ = try? await house.ledger.commit(Change([.removeDocument(.answer, key: key)]))
            }
            throw error
        }
    }
}

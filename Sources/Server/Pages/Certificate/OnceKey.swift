import Automation
import Foundation
import Storage

/// The key that a form of a page carries, so that sending it twice does its act once.
///
/// It is reserved before the act, with where the act leads: the second request is sent there, whatever the first is at.
struct OnceKey: Sendable {
    static let field = APIField("key")
    private static let kept = Span.hours(24)

    private let house: House
    private let account: String
    private let key: String

    /// Thrown by an act that changed nothing, with the page that says why.
    struct Refusal: Error { let reply: Reply }

    /// For a new form.
    static func make(_ house: House) -> String {
        Data(house.outside.entropy(16)).map { byte in
            let text = String(byte, radix: 16)
            return text.count < 2 ? "0\(text)" : text
        }.joined()
    }

    /// Does what a form that bears a key asks for once; where it refuses with a page, the form may be sent again.
    /// - Parameter place: where the second request is sent.
    static func dedupe(
        _ exchange: Exchange, elseTo place: String, _ act: () async throws -> Reply
    ) async throws -> Reply {
        do {
            guard exchange.fields.has("key") else { return try await act() }
            return try await OnceKey(exchange).once(elseTo: place, act)
        } catch let refusal as Refusal {
            return refusal.reply
        }
    }

    /// - Throws: `Problem` where the form bears none.
    init(_ exchange: Exchange) throws {
        let text = exchange.fields["key"] ?? ""
        guard (8...100).contains(text.utf8.count) else {
            throw Problem.refused(
                "form.key", "The form bears no key.", remedy: "Open the page again, and send it from there.")
        }
        house = exchange.house
        account = try exchange.principal.account
        key = People.key("page \(account) \(exchange.route.path) \(text)")
    }

    /// Does it, unless it was done or is being done.
    /// - Parameter place: where the second request is sent.
    func once(elseTo place: String, _ act: () async throws -> Reply) async throws -> Reply {
        let now = house.now()
        let record = DocumentRecord(.answer, key, owner: account, endsAt: now + Self.kept, body: "{}")
        let outcome = try await house.ledger.commit(Change([.removeDocumentsEnded(before: now), .putDocument(record)]))
        guard outcome == .applied else { return .seeOther(place) }
        do {
            return try await act()
        } catch {
            // What was refused changed nothing: the form may be mended and sent again.
            if error is Refusal || Problem.of(error).map({ $0.status < 500 }) ?? false {
                _ = try? await house.ledger.commit(Change([.removeDocument(.answer, key: key)]))
            }
            throw error
        }
    }
}

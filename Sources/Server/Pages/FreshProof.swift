import Automation
import Foundation

extension Exchange {
    /// For what is most dangerous: whether it is still that person who sits there.
    ///
    /// - Parameter next: where to go on once it is proved.
    /// - Returns: the way to the page that asks for the password; nil where it was given a moment ago.
    /// - Throws: `Problem` for a token, which can prove nothing.
    func proof(next: String) throws -> Reply? {
        guard case .session(_, let provedAt) = try ownSession().means else { return nil }
        let (now, life) = (house.now(), house.settings.lives.proof)
        if provedAt <= now, now - provedAt < life { return nil }
        return .seeOther("/reauthenticate" + PagePath.query([("next", next)]))
    }

    /// Who signed in with a password: a token must not make itself more than it is.
    /// - Throws: `Problem`
    func ownSession() throws -> Principal {
        let principal = try principal
        guard case .session = principal.means else {
            throw Problem(
                403, "session.needed", "A token can't do this.", remedy: "Sign in with your password and do it there.")
        }
        return principal
    }

    /// Only one of ours, of a query that a redirect brought.
    func note(_ words: [String: PageNote]) -> [PageNote] { [query["done"].flatMap { words[$0] }].compactMap { $0 } }

    var clock: Clock { Clock(zone: house.settings.zone, now: house.now()) }

    /// Why something is done, for the audit trail.
    func reason() throws -> String {
        String(try fields.text("reason", atMost: 1000).unicodeScalars.map { $0.value < 32 ? " " : Character($0) })
    }
}

import Automation
import Storage
import Testing

@testable import Server

/// Somebody who asks, and what the table of roles says of them.
struct Visitor: Sendable, CustomTestStringConvertible {
    enum Standing: Sendable {
        /// Came with nothing, or with what is over: as good as nobody.
        case nobody
        /// Came with a token that holds no more: told so, wherever it is shown.
        case refused
        case somebody(Role)
    }

    let testDescription: String
    let standing: Standing
    /// Puts it in its place and tells what its requests carry.
    let arrive: @Sendable (GuardHouse) async throws -> Carried

    struct Carried: Sendable {
        var headers: [(String, String)]
        var csrf: String?
    }

    static let all: [Visitor] =
        [
            Visitor(testDescription: "anonymous", standing: .nobody) { _ in Carried(headers: []) },
            session("session that idled", .nobody) { house in
                try await house.seat("anna", .administrator)
                return try await house.session(of: "anna", began: .minutes(70), seen: .minutes(61))
            },
            session("session past its end", .nobody) { house in
                try await house.seat("anna", .administrator)
                return try await house.session(of: "anna", began: .hours(12), seen: .zero)
            },
            session("disabled account", .nobody) { house in
                try await house.seat("anna", .administrator) { $0.isDisabled = true }
                return try await house.session(of: "anna")
            },
            session("removed account", .nobody) { house in try await house.session(of: "nobody-here") },
            token("token that was revoked", .refused) { house in
                try await house.seat("anna", .administrator)
                return People.tokenPrefix + house.people.newSecret()
            },
            token("token past its end", .refused) { house in
                try await house.seat("anna", .administrator)
                return try await house.token(of: "anna", role: .administrator, life: .minutes(-1))
            },
            token("token of a disabled account", .refused) { house in
                try await house.seat("anna", .administrator) { $0.isDisabled = true }
                return try await house.token(of: "anna", role: .administrator)
            },
            token("viewer's token of an administrator", .somebody(.viewer)) { house in
                try await house.seat("anna", .administrator)
                return try await house.token(of: "anna", role: .viewer)
            },
            token("administrator's token of who is a viewer by now", .somebody(.viewer)) { house in
                try await house.seat("anna", .viewer)
                return try await house.token(of: "anna", role: .administrator)
            },
            token("auditor's token of who is an operator by now", .somebody(.operator)) { house in
                try await house.seat("anna", .operator)
                return try await house.token(of: "anna", role: .auditor)
            },
        ]
        + Role.allCases.map { role in
            session(role.rawValue, .somebody(role)) { house in
                try await house.seat("anna", role)
                return try await house.session(of: "anna")
            }
        }

    private static func session(
        _ name: String, _ standing: Standing, _ make: @escaping @Sendable (GuardHouse) async throws -> GuardSession
    ) -> Visitor {
        Visitor(testDescription: name, standing: standing) { house in
            let session = try await make(house)
            return Carried(headers: [("Cookie", session.cookie)], csrf: session.csrf)
        }
    }

    private static func token(
        _ name: String, _ standing: Standing, _ make: @escaping @Sendable (GuardHouse) async throws -> String
    ) -> Visitor {
        Visitor(testDescription: name, standing: standing) { house in
            Carried(headers: [("Authorization", "Bearer \(try await make(house))")])
        }
    }
}

/// What routes are asked with.
enum RouteSamples {
    /// What stands in the braces behind a part of a path: one that there is, and one that there is not.
    private static let behind: [String: (real: String, foreign: String)] = [
        "assets": ("certflow.css", "nothing.css"), "certificates": (GuardHouse.certificate, "nobody.example.com"),
        "people": ("zora", "nobody"), "accounts": ("zora", "nobody"), "profiles": ("publishing", "nothing"),
        "publishing": ("web", "nothing"), "issuing": ("ca", "nothing"), "notifying": ("mail", "nothing"),
        "targets": ("alpha", "nothing"), "tokens": ("0a0a", "ffff"), "sessions": ("0a0a", "ffff"),
        "secrets": ("dns", "nothing"), "versions": ("1", "999"), "publications": ("1", "999"),
        "placements": ("1", "999"), "runs": ("1", "999"), "attempts": ("1", "999"), "events": ("1", "999"),
        "requests": ("renewal-1-1", "nothing"), "issuers": ("ca", "nothing"),
    ]

    /// The address of a route; nil where nobody taught the matrix what stands in its braces.
    static func address(_ route: Route, real: Bool) -> String? {
        var parts: [String] = []
        for part in route.path.split(separator: "/").map(String.init) {
            guard part.hasPrefix("{") else {
                parts.append(part)
                continue
            }
            let before = parts.last ?? ""
            if let pair = behind[before] ?? behind[String(part.dropFirst().dropLast()) + "s"] {
                parts.append(real ? pair.real : pair.foreign)
            } else if let last = parts.dropLast().last, behind[last] != nil || last == "profiles" {
                // A pair of names, like "profile/target".
                parts.append(real ? "alpha" : "nothing")
            } else {
                return nil
            }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// What a route of that kind is sent.
    static func body(_ route: Route, _ csrf: String?) -> (type: String, text: String)? {
        guard route.changes else { return nil }
        if route.kind == .api { return ("application/json", "{}") }
        return ("application/x-www-form-urlencoded", csrf.map { "csrf=\($0)" } ?? "")
    }
}

import Foundation

@testable import Server

/// What a field of a request names: what stands in a path, in a query, in a form or in a JSON object.
enum FieldMeaning: Hashable {
    /// A certificate that there is.
    case certificate
    /// Names of certificates to be made, which two people may choose alike.
    case newCertificate, newAccount
    /// Objects that name a certificate as flows.yaml does: one, a list of them, or such files.
    case spec, specs, specFiles
    /// A target or profile of the certificate that the path names.
    case target
    /// Of the certificate that the path names.
    case version, request
    case account, session, token
    /// key:value, of certificates.
    case label
    /// What certificates people of an account or token see.
    case scope
    /// Words that are looked for; what is found is shown.
    case search
    /// The address of a list, within a form.
    case listAddress
    /// What all people see alike: profiles, issuers, secrets, assets.
    case shared
    /// Names nothing: numbers, times, choices, texts of people.
    case plain

    /// Whether somebody else's thing could be named by it.
    var namesSomething: Bool { self != .shared && self != .plain }

    /// What it means in a route; nil where nobody taught it to this table. Whoever adds a field says here what it names,
    /// and the tests then ask for other people's things by it.
    static func of(_ field: String, in route: Route) -> FieldMeaning? {
        let place = "\(route.method.rawValue) \(route.path) \(field)"
        if let meaning = ofPlaces[place] { return meaning }
        for (start, meanings) in ofParts where route.path.hasPrefix(start) {
            if let meaning = meanings[field] { return meaning }
        }
        if field.hasPrefix("with.") { return .plain }
        return ofFields[field]
    }

    private static let ofFields: [String: FieldMeaning] = {
        var table: [String: FieldMeaning] = [
            "certificate": .certificate, "certificates": .certificate, "name": .certificate, "names": .search,
            "target": .target, "targets": .target, "version": .version, "to": .version, "request": .request,
            "account": .account, "session": .session, "token": .token, "label": .label, "labels": .scope,
            "scope": .scope, "q": .search, "query": .listAddress, "selection": .listAddress,
        ]
        for name in ["profile", "profiles", "issuer", "fallback", "secret", "kind", "flow", "backend"] {
            table[name] = .shared
        }
        for name in plainNames { table[name] = .plain }
        return table
    }()

    private static let plainNames = [
        "action", "after", "again", "all", "announced", "answer", "at", "attempts", "base", "because", "before", "cell",
        "code",
        "confirm",
        "confirmed", "csrf", "day", "days", "description", "dir", "disabled", "done", "dryRun", "earlier", "etag",
        "expires", "export", "exportsKeys", "fallbackAfter", "file", "files", "force", "format", "from", "how", "key",
        "keyType", "keys",
        "last", "lastResort", "limit", "mark", "matching", "new", "newest", "next", "note", "now", "offline", "old",
        "onFailure", "owner",
        "page", "passphrase", "passphraseAgain", "password", "pem", "period", "prove", "publication",
        "publicationCell", "publicationDay", "publicationPeriod", "publicationTimeZone", "publicationWindowBy",
        "publishOn", "published", "reason", "reload", "renewIn", "renewal", "renewed", "result", "retire", "reuse",
        "revision", "role", "rollout", "same", "seen", "serving", "since", "size", "sort", "state", "subjects",
        "takeOver",
        "test", "text", "theme", "timeZone", "until", "untilReleased", "username", "value", "versions", "view", "what",
        "windowBy", "yaml",
    ]

    /// Where a word means something else below a part of the addresses.
    private static let ofParts: [(String, [String: FieldMeaning])] = [
        ("/people", ["name": .account]), ("/secrets", ["name": .shared]), ("/assets", ["name": .shared]),
        ("/settings/sessions", ["id": .session]), ("/settings/tokens", ["id": .token, "name": .plain]),
        ("/publishing", ["name": .shared, "targets": .plain]), ("/issuing", ["name": .shared, "targets": .plain]),
        ("/profiles", ["name": .shared, "targets": .plain]), ("/issuers", ["name": .shared, "targets": .plain]),
        ("/api/v1/targets", ["profile": .shared]),
    ]

    private static let ofPlaces: [String: FieldMeaning] = [
        "POST /people name": .newAccount, "POST /api/v1/accounts name": .newAccount, "GET /people name": .plain,
        "POST /api/v1/me/tokens name": .plain,
        // It sees at most what its account does: more labels only narrow it.
        "POST /api/v1/me/tokens scope": .plain, "POST /settings/tokens scope": .plain,
        // Who signs in is nobody yet: `SignInCostTests` has it.
        "POST /sign-in name": .plain,
        // What is filled in again after a password was asked for.
        "GET /people scope": .plain, "GET /people/{name} scope": .plain, "GET /people/{name} name": .account,
        "GET /certificates/{name}/export version": .plain,
        "POST /api/v1/certificates certificate": .spec, "PUT /api/v1/certificates/{name}/spec certificate": .spec,
        "POST /api/v1/apply certificates": .specs, "POST /api/v1/apply files": .specFiles,
        "POST /api/v1/import name": .newCertificate,
        "POST /certificates/import name": .newCertificate, "POST /certificates/add name": .newCertificate,
        "GET /api/v1/certificates name": .search, "GET /api/v1/status after": .certificate,
        "GET /api/v1/forecast after": .certificate, "GET /automated name": .search,
        "GET /audit on": .search, "GET /audit.jsonl on": .search, "GET /audit who": .search,
        "GET /audit.jsonl who": .search, "GET /audit what": .plain, "GET /audit.jsonl what": .plain,
        "GET /audit to": .plain, "GET /audit.jsonl to": .plain,
    ]

    /// What pages take in their addresses; the API's stands in its own table.
    static func query(of route: Route) -> [String] {
        if let api = route.api { return api.query.map(\.name) + (api.isPage ? ["limit", "after"] : []) }
        guard route.method == .get else { return route.path == "/setup" ? ["code"] : [] }
        let parts = route.path.components(separatedBy: "/certificates/{name}/")
        return ofPages[route.path] ?? (parts.count == 2 ? ofActs[parts[1]] : nil) ?? []
    }

    private static let ofActs: [String: [String]] = [
        "publish": ["target", "at", "takeOver", "answer"], "wait": ["target"], "prove": ["target"],
        "rehearse": ["what", "target"], "roll-back": ["target", "version", "until"], "renew": ["force"],
        "pause": ["until"], "export": ["format", "version"], "delete": ["how"],
        "revoke": ["version", "because", "issuer"], "revoked": ["version"],
        "edit": [
            "subjects", "issuer", "fallback", "fallbackAfter", "keyType", "reuse", "labels", "owner", "note",
        ],
    ]
    private static let list = [
        "view", "q", "name", "names", "issuer", "expires", "renewed", "published", "serving", "next", "profile", "last",
        "label", "sort", "dir", "page", "size",
    ]
    private static let audit = ["who", "what", "on", "from", "to", "q", "before"]

    private static let ofPages: [String: [String]] = [
        "/automated": list, "/automated.csv": list, "/certificates": list, "/certificates.csv": list, "/": ["done"],
        "/targets": ["q", "profile", "state", "page", "size"], "/targets.csv": ["q", "profile", "state"],
        "/runs": ["q", "certificate", "kind", "result", "page"], "/audit": audit, "/audit.jsonl": audit,
        "/people": ["role", "name", "scope", "export", "disabled", "reason", "done"],
        "/certificates/{name}": ["versions", "attempts"], "/certificates/{name}/events": ["after", "mark"],
        "/certificates/{name}/certificate.pem": ["format", "version"], "/sign-in": ["next"],
        "/reauthenticate": ["next"], "/setup": ["code"],
    ]

    /// All that this table knows pages to read from their addresses.
    static let knownItems: Set<String> = Set([ofPages, ofActs].flatMap { $0.values.joined() })
}

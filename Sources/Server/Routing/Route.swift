import HTTPTypes

/// One thing that can be asked of the server. The table of them drives the router, the pages, the OpenAPI document and
/// the tests.
struct Route: Sendable {
    /// Who may.
    enum Access: Sendable, Hashable {
        /// Anybody, signed in or not.
        case anyone
        /// Anybody who signed in.
        case signedIn
        /// Anybody who signed in with a password: tokens manage no sessions, passwords and tokens.
        case session
        case right(Right)
    }

    /// How it is talked to, and how refusals look.
    enum Kind: String, Sendable, Hashable {
        case page
        /// Answers JSON; part of the OpenAPI document.
        case api
        /// For machines, beside the API: probes, metrics, assets.
        case plain
    }

    typealias Handler = @Sendable (Exchange) async throws -> Reply

    let method: HTTPRequest.Method
    /// "/certificates/{name}/renew"
    let path: String
    let kind: Kind
    let access: Access
    /// Of the form or JSON object that it takes; nil where it reads the body by itself.
    let takes: [APIField]?
    /// For the OpenAPI document; nil for pages.
    let api: APIShape?
    let handle: Handler

    /// A page, or a form that a page sends.
    static func page(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access, takes: [APIField]? = [],
        _ handle: @escaping Handler
    ) -> Route {
        Route(method: method, path: path, kind: .page, access: access, takes: takes, api: nil, handle: handle)
    }

    static func api(
        _ method: HTTPRequest.Method, _ path: String, _ access: Access, takes: [APIField]? = [], _ shape: APIShape,
        _ handle: @escaping Handler
    ) -> Route {
        Route(
            method: method, path: "/api/v1" + path, kind: .api, access: access, takes: takes, api: shape, handle: handle
        )
    }

    static func plain(_ path: String, _ handle: @escaping Handler) -> Route {
        Route(method: .get, path: path, kind: .plain, access: .anyone, takes: [], api: nil, handle: handle)
    }

    /// Whether it may change something.
    var changes: Bool { method != .get && method != .head }

    /// The names in braces.
    var parameterNames: [String] {
        path.split(separator: "/").compactMap { part in
            part.hasPrefix("{") && part.hasSuffix("}") ? String(part.dropFirst().dropLast()) : nil
        }
    }

    /// Whether a path fits it, whatever the method.
    func fits(_ parts: [Substring]) -> Bool {
        let mine = path.split(separator: "/")
        return mine.count == parts.count && zip(mine, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}

/// One field of a request, or one item of a query.
struct APIField: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        case text, flag, integer
        case texts
        /// Of a page's form: their names stand in its fields, their bytes in the body.
        case files
        case choice([String])
        /// A schema of the OpenAPI document.
        case object(String)
    }

    let name: String
    let kind: Kind
    let isRequired: Bool
    let about: String

    init(_ name: String, _ kind: Kind = .text, required: Bool = false, _ about: String = "") {
        self.name = name
        self.kind = kind
        isRequired = required
        self.about = about
    }

    /// Why it is done: stands in the audit trail.
    static let reason = APIField("reason", "Why it is done: stands in the audit trail.")

    private init(_ name: String, _ about: String) { self.init(name, .text, about) }
}

/// What the OpenAPI document says of a route besides.
struct APIShape: Sendable {
    let summary: String
    let tag: String
    let query: [APIField]
    /// Status and the schema that is answered; nil where nothing is.
    let status: Int
    let answers: String?
    /// Lists that stand beside those of a page, by their keys: the schemas of their items.
    let beside: [String: String]
    /// A list of `answers`.
    let isPage: Bool
    /// Takes If-Match and answers with an ETag.
    let isVersioned: Bool
    /// Takes an Idempotency-Key.
    let isAct: Bool
    /// Answers no JSON, but this.
    let type: String?

    init(
        _ tag: String, _ summary: String, query: [APIField] = [], status: Int = 200, answers: String? = nil,
        beside: [String: String] = [:], isPage: Bool = false, isVersioned: Bool = false, isAct: Bool = false,
        type: String? = nil
    ) {
        self.isAct = isAct
        self.type = type
        self.tag = tag
        self.summary = summary
        self.query = query
        self.status = status
        self.answers = answers
        self.beside = beside
        self.isPage = isPage
        self.isVersioned = isVersioned
    }
}

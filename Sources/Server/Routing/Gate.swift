import Automation
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import Synchronization

/// What every request passes: who asks, whether they may, whether the request is in order. Then its route; and however
/// it ends, the same headers and a line in the log.
struct Gate: HTTPResponder {
    typealias Context = ServerContext

    static let largestBody = 1 << 20

    private let house: House
    private let routes: [Route]
    private let router: RouterResponder<ServerContext>
    private let metrics: Metrics

    init(_ house: House, routes: [Route], metrics: Metrics) {
        self.house = house
        self.routes = routes
        self.metrics = metrics
        let router = Router(context: ServerContext.self)
        for route in routes {
            let pass: @Sendable (Request, ServerContext) async throws -> Response = { request, context in
                context.found.withLock { $0 = (route, context.parameters) }
                return Response(status: .ok)
            }
            router.on(RouterPath(route.path), method: route.method, use: pass)
        }
        self.router = router.buildResponder()
    }

    func respond(to request: Request, context: ServerContext) async throws -> Response {
        let begun = ContinuousClock.now
        // Not Hummingbird's request id: it stands in the logger's metadata, and a logger that keeps none is a trap.
        let reference = house.outside.entropy(6).hexadecimal
        let found = await find(request, context)
        var visitor: Principal?
        var response: Response
        do {
            let exchange = try await admit(request, context, found, String(reference), &visitor)
            response = Self.response(try await exchange.route.handle(exchange))
        } catch {
            response = await refuse(error, request, found?.route, visitor, String(reference))
        }
        if request.method == .head { response = response.createHeadResponse() }
        Self.secure(
            &response.headers, of: request,
            isAsset: response.status == .ok && found?.route.path.hasPrefix("/assets/") ?? false)
        let took = ContinuousClock.now - begun
        metrics.answered(found?.route.path ?? "unknown", status: response.status.code, took: took)
        house.log.info(
            "request",
            metadata: [
                "reference": "\(reference)", "method": "\(request.method.rawValue)",
                "path": "\(Self.shown(request.uri.path))",
                "status": "\(response.status.code)", "account": "\(visitor?.actor ?? "-")",
                "address": "\(address(request, context))",
                "ms": "\(Int(took / .milliseconds(1)))",
            ])
        return response
    }

    // MARK: Finding

    private func find(
        _ request: Request, _ context: ServerContext
    ) async -> (route: Route, parameters: [String: String])? {
        var lookup = request
        if request.method == .head { lookup = Request(head: Self.asGet(request.head), body: request.body) }
        _ = try? await router.respond(to: lookup, context: context)
        guard let (route, raw) = context.found.withLock({ $0 }) else { return nil }
        var parameters: [String: String] = [:]
        for name in route.parameterNames {
            guard let value = raw.get(name)?.removingPercentEncoding, !value.isEmpty, value.utf8.count <= 512,
                !value.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 })
            else { return nil }
            parameters[name] = value
        }
        return (route, parameters)
    }

    private static func asGet(_ head: HTTPRequest) -> HTTPRequest {
        var head = head
        head.method = .get
        return head
    }

    // MARK: Admitting

    private func admit(
        _ request: Request, _ context: ServerContext, _ found: (route: Route, parameters: [String: String])?,
        _ reference: String, _ visitor: inout Principal?
    ) async throws -> Exchange {
        visitor = try await principal(request)
        guard let (route, parameters) = found else {
            let parts = request.uri.path.split(separator: "/")
            throw routes.contains { $0.fits(parts) } ? Problem.wrongMethod : Problem.notFound
        }
        switch route.access {
        case .anyone: break
        case .signedIn: guard visitor != nil else { throw Problem.signInNeeded }
        case .session:
            guard let visitor else { throw Problem.signInNeeded }
            guard case .session = visitor.means else { throw Problem.notAllowed }
        case .right(let right):
            guard let visitor else { throw Problem.signInNeeded }
            guard visitor.may(right) else { throw Problem.notAllowed }
        }
        let body = try await self.body(request)
        let fields = try self.fields(request, body, route)
        if route.changes { try checkOrigin(request, visitor, fields, route) }
        return Exchange(
            house: house, route: route, visitor: visitor, parameters: parameters, query: Query(request.uri.query ?? ""),
            headers: request.headers, body: body, fields: fields, address: address(request, context),
            isLocal: isLocal(request, context), reference: reference)
    }

    private func principal(_ request: Request) async throws -> Principal? {
        if let header = request.headers[.authorization] {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer",
                let principal = try await house.people.principal(ofToken: String(parts[1]))
            else {
                throw Problem(
                    401, "token.refused", "The token is not known here, or is over.",
                    remedy: "Issue another with `certflow token issue`, or on the page Settings.")
            }
            return principal
        }
        guard let id = SessionCookie.id(in: request.headers) else { return nil }
        return try await house.people.principal(ofSession: id)
    }

    private func body(_ request: Request) async throws -> Data {
        guard request.method != .get, request.method != .head else { return Data() }
        if let length = request.headers[.contentLength].flatMap(Int.init), length > Self.largestBody {
            throw Problem.tooLarge
        }
        let (body, time) = (request.body, house.settings.patience.body)
        return try await withThrowingTaskGroup(of: Data.self) { group in
            group.addTask {
                do {
                    return Data(buffer: try await body.collect(upTo: Self.largestBody))
                } catch is NIOTooManyBytesError {
                    throw Problem.tooLarge
                }
            }
            group.addTask {
                try await Task.sleep(for: time)
                throw Problem(
                    408, "request.slow", "The request took longer than \(time.components.seconds) seconds to arrive.",
                    remedy: "Send it again.")
            }
            defer { group.cancelAll() }
            return try await group.next() ?? Data()
        }
    }

    private func fields(_ request: Request, _ body: Data, _ route: Route) throws -> Fields {
        guard route.changes, let takes = route.takes else { return Fields() }
        let type = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() } ?? ""
        var fields: Fields
        switch type.trimmingCharacters(in: .whitespaces) {
        case "application/json": fields = try Fields(json: body)
        case "application/x-www-form-urlencoded": fields = try Fields(form: String(decoding: body, as: UTF8.self))
        case "multipart/form-data" where takes.contains { $0.kind == .files }:
            fields = try MultipartForm(body, type: request.headers[.contentType] ?? "").fields
        case "" where body.isEmpty: fields = Fields()
        default:
            throw Problem(
                415, "request.type", "The body is neither JSON nor a form.",
                remedy: "Send `Content-Type: application/json`.")
        }
        var known = Set(takes.map(\.name))
        if route.kind == .page { known.insert("csrf") }
        // Of a form that is drawn from a schema: its handler knows which there are.
        let prefixes = takes.map(\.name).filter { $0.hasSuffix("*") }.map { String($0.dropLast()) }
        let others = fields.names.subtracting(known).filter { name in !prefixes.contains { name.hasPrefix($0) } }
        if let unknown = others.sorted().first {
            throw Fields.wrong(
                String(unknown.prefix(64)), "is not taken here",
                known.isEmpty ? "Leave it out." : "Known are: \(known.sorted().joined(separator: ", ")).")
        }
        if route.kind == .api {
            for field in takes where field.isRequired && !fields.names.contains(field.name) {
                throw Fields.wrong(field.name, "is missing", "Send it.")
            }
            for field in takes { try field.check(fields) }
        }
        return fields
    }

    /// A browser says where a form comes from; what has a session must besides carry what only its pages know.
    private func checkOrigin(_ request: Request, _ visitor: Principal?, _ fields: Fields, _ route: Route) throws {
        if case .token? = visitor?.means { return }
        if let site = request.headers[Self.fetchSite] {
            guard site == "same-origin" || site == "none" else { throw Problem.forged }
        }
        if let origin = request.headers[.origin] {
            let host = URLComponents(string: origin).flatMap { parts in
                parts.host.map { host in parts.port.map { "\(host):\($0)" } ?? host }
            }
            guard let host, host == request.head.authority else { throw Problem.forged }
        }
        guard let csrf = visitor?.csrf else { return }
        let given = fields["csrf"] ?? request.headers[Exchange.csrf] ?? ""
        guard ConstantTime.equal(Data(given.utf8), Data(csrf.utf8)) else { throw Problem.forged }
    }

    private static let fetchSite = HTTPField.Name("sec-fetch-site") ?? .origin
    private static let forwardedFor = HTTPField.Name("x-forwarded-for") ?? .origin

    private func address(_ request: Request, _ context: ServerContext) -> String {
        house.settings.isBehindProxy ? named(request) ?? context.address : context.address
    }

    /// Whom the proxy names; nil where it names nobody.
    private func named(_ request: Request) -> String? {
        // The last one was put there by the proxy itself.
        guard let last = request.headers[Self.forwardedFor]?.split(separator: ",").last else { return nil }
        return String(last.trimmingCharacters(in: .whitespaces).prefix(64))
    }

    /// Behind a proxy every connection comes from this machine: there, only whom the proxy names is where it says.
    private func isLocal(_ request: Request, _ context: ServerContext) -> Bool {
        let text = house.settings.isBehindProxy ? named(request) : context.address
        guard let text, let address = try? SocketAddress(ipAddress: text, port: 0) else { return false }
        return address.isLoopback
    }

    // MARK: Refusing

    private func refuse(
        _ error: any Error, _ request: Request, _ route: Route?, _ visitor: Principal?, _ reference: String
    ) async -> Response {
        var problem: Problem
        if error is HTTPParserError {
            problem = Problem(
                400, "request.malformed", "The request is no HTTP.", remedy: "Send it as RFC 9112 has it.")
        } else if let known = Problem.of(error) {
            problem = known
        } else {
            house.log.error("internal error", metadata: ["reference": "\(reference)", "error": "\(error)"])
            problem = Problem(
                500, "internal", "Something went wrong inside certflow.",
                remedy: "The log says more beside the reference \(reference).")
        }
        if let visitor { problem = visitor.told(problem) }
        if problem.status == 401 || problem.status == 403 {
            metrics.refused(problem.code)
            house.log.notice(
                "refused",
                metadata: [
                    "reference": "\(reference)", "code": "\(problem.code)", "account": "\(visitor?.actor ?? "-")",
                ])
        }
        var response = await show(problem, request, route, visitor, reference)
        if let retryAfter = problem.retryAfter { response.headers[.retryAfter] = String(retryAfter) }
        if problem.status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
        if [400, 408, 413].contains(problem.status) { response.headers[.connection] = "close" }
        return response
    }

    private func show(
        _ problem: Problem, _ request: Request, _ route: Route?, _ visitor: Principal?, _ reference: String
    ) async -> Response {
        let isPage = route.map { $0.kind == .page } ?? (request.headers[.accept]?.contains("text/html") ?? false)
        guard isPage else { return Self.document(problem, reference) }
        if problem.code == Problem.signInNeeded.code, request.method == .get {
            var address = request.uri.path
            if let query = request.uri.query { address += "?\(query)" }
            let next = address.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            return Self.response(.seeOther(address == "/" ? "/sign-in" : "/sign-in?next=\(next)"))
        }
        do {
            let page = Page(house, visitor)
            return Self.response(
                try await page.reply(
                    "problem", ProblemPage.context(problem, reference, isSignedIn: visitor != nil),
                    status: .init(code: problem.status)))
        } catch {
            return Self.document(problem, reference)
        }
    }

    private static func document(_ problem: Problem, _ reference: String) -> Response {
        let encoder = JSONEncoder()
        // The same problem is the same text: nothing about what was refused shows in the order.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(problem.document(reference: reference))) ?? Data()
        return Response(
            status: .init(code: problem.status), headers: [.contentType: "application/problem+json"],
            body: ResponseBody(byteBuffer: ByteBuffer(data: data)))
    }

    private static func response(_ reply: Reply) -> Response {
        let body: ResponseBody =
            switch reply.body {
            case .none: ResponseBody()
            case .bytes(let buffer): ResponseBody(byteBuffer: buffer)
            case .stream(let write):
                ResponseBody { writer in
                    try await write(&writer)
                    try await writer.finish(nil)
                }
            }
        return Response(status: reply.status, headers: reply.headers, body: body)
    }

    /// Nothing of it is kept by browsers and proxies, nothing is loaded from elsewhere, nobody frames it.
    private static func secure(_ headers: inout HTTPFields, of request: Request, isAsset: Bool) {
        for (name, value) in fixedHeaders { headers[name] = value }
        // Not for names that other services of the same machine share.
        if let host = request.head.authority, !host.hasPrefix("localhost") {
            headers[transportSecurity] = "max-age=31536000"
        }
        if headers[.cacheControl] == nil { headers[.cacheControl] = isAsset ? "public, max-age=300" : "no-store" }
    }

    private static let transportSecurity = HTTPField.Name("strict-transport-security") ?? .server

    private static let fixedHeaders: [(HTTPField.Name, String)] = [
        ("content-security-policy", contentSecurityPolicy), ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"), ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"), ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }

    static let contentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// Fit for one line of a log.
    private static func shown(_ path: String) -> String {
        String(path.unicodeScalars.prefix(300).map { $0.value < 32 || $0.value == 127 ? "?" : Character($0) })
    }
}

extension SocketAddress {
    /// Whether it is this machine itself, also as IPv6 has addresses of IPv4 (RFC 4291, 2.5.5.2).
    fileprivate var isLoopback: Bool {
        guard let text = ipAddress else { return false }
        return text == "::1" || text.hasPrefix("127.") || text.lowercased().hasPrefix("::ffff:127.")
    }
}

/// What belongs to one request.
struct ServerContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let address: String
    /// Set by the router.
    let found = FoundRoute()

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? "unknown"
    }

    /// A place for what the router found, shared with its own copy of the context.
    final class FoundRoute: Sendable {
        private let state = Mutex<(Route, Parameters)?>(nil)
        func withLock<Result>(_ body: (inout sending (Route, Parameters)?) -> sending Result) -> Result {
            state.withLock(body)
        }
    }
}

extension APIField {
    /// Whether a value given is of the declared kind.
    func check(_ fields: Fields) throws(Problem) {
        guard fields.names.contains(name), !fields.nulls.contains(name) || isRequired else { return }
        switch kind {
        case .object:
            guard fields.nested.contains(name) else { throw Fields.wrong(name, "is no object", "Send an object.") }
        case .text, .flag, .integer, .choice:
            guard fields.all(name).count == 1 else { throw Fields.wrong(name, "is no single value", "Send one.") }
            if kind == .flag { _ = try fields.flag(name) }
            if kind == .integer, Int(fields[name] ?? "") == nil {
                throw Fields.wrong(name, "is no whole number", "Send a number.")
            }
            if case .choice(let choices) = kind, !choices.contains(fields[name] ?? "") {
                throw Fields.wrong(name, "is none of \(choices.joined(separator: ", "))", "Choose one of them.")
            }
        case .texts, .files:
            guard !fields.nested.contains(name), !fields.nulls.contains(name) else {
                throw Fields.wrong(name, "is no list of texts", "Send a list.")
            }
        }
    }
}

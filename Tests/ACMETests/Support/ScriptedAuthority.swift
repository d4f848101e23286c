import Automation
import Certificates
import Crypto
import Curl
import Foundation
import PluginKit
import SwiftASN1
import X509

@testable import ACME

/// A CA in memory that does what RFC 8555 says, with switches for what CAs also do. It checks every signature and nonce.
actor ScriptedAuthority {
    static let base = "https://ca.test"

    struct Order: Sendable {
        var status = "pending"
        var identifiers: [Identifier]
        var authorizations: [String]
        var certificate: String?
        var account: String
        var profile: String?
        var replaces: String?
        var polls = 0
        var error: [String: String]?
    }
    struct Authorization: Sendable {
        var identifier: Identifier
        var isWildcard: Bool
        var status = "pending"
        var token: String
        var error: [String: String]?
    }
    /// Looks at each request first: an answer of its own takes the CA's place, an error is the network's.
    typealias Before = @Sendable (_ request: HTTPRequest, _ number: Int) throws -> HTTPResponse?
    typealias After = @Sendable (_ request: HTTPRequest, _ response: HTTPResponse) throws -> HTTPResponse

    let clock: ManualClock
    let solver: MemorySolver
    let signing = TestIssuer()
    var before: Before = { _, _ in nil }
    var after: After = { $1 }
    var meta: [String: Any] = [:]
    var hasRenewalInfo = true
    var nonceRejects = 0
    /// Polls during which an order stays in processing.
    var processing = 1
    var requests: [String] = []
    var orders: [String: Order] = [:]
    var accounts: [String: [String: String]] = [:]
    var statuses: [String: String] = [:]
    var contacts: [String: [String]] = [:]
    var externalKeyIDs: [String] = []
    var authorizations: [String: Authorization] = [:]
    var proved: Set<String> = []
    var certificates: [String: [String]] = [:]
    var revoked: [Int] = []
    var issuedCount = 0
    /// Seconds by which certificates begin and end late.
    var certificateShift: Int64 = 0
    var headers: [HTTPHeader] = []
    /// By name: what the CA says instead of "valid".
    var invalid: [String: [String: String]] = [:]
    private var nonces: Set<String> = []
    private var counter = 0

    init(_ clock: ManualClock, _ solver: MemorySolver) {
        self.clock = clock
        self.solver = solver
    }

    nonisolated var transport: Transport { Transport { [self] in try await send($0) } }

    func set(_ change: @Sendable (isolated ScriptedAuthority) -> Void) { change(self) }

    func send(_ request: HTTPRequest) throws -> HTTPResponse {
        let path = String(request.url.dropFirst(Self.base.utf8.count))
        requests.append("\(request.method) \(path)")
        headers = request.headers
        if let answer = try before(request, requests.count) { return answer }
        var response = try answer(request, path)
        let nonce = "n\(next())"
        nonces.insert(nonce)
        response.headers.append(HTTPHeader("Replay-Nonce", nonce))
        return try after(request, response)
    }

    func next() -> Int {
        counter += 1
        return counter
    }

    private func answer(_ request: HTTPRequest, _ path: String) throws -> HTTPResponse {
        switch (request.method, path) {
        case ("GET", "/dir"): return Self.json(directory)
        case ("HEAD", "/nonce"): return HTTPResponse(status: 200)
        case ("GET", let path) where path.hasPrefix("/ari/"):
            let (start, end) = ("2027-02-01T00:00:00Z", "2027-02-02T00:00:00Z")
            return Self.json(["suggestedWindow": ["start": start, "end": end]])
        case ("POST", _): break
        default: return Self.problem(404, "malformed", "no such page")
        }
        let message: ReadMessage
        do {
            message = try ReadMessage(request.body ?? Data(), keys: accounts)
        } catch let refused as ReadMessage.Refused {
            let isUnknown = refused.why == "unknown key"
            return Self.problem(isUnknown ? 400 : 403, isUnknown ? "accountDoesNotExist" : "unauthorized", refused.why)
        }
        guard message.url == request.url else { return Self.problem(403, "unauthorized", "another url") }
        guard let nonce = message.nonce, nonces.remove(nonce) != nil else { return Self.badNonce }
        if nonceRejects > 0 {
            nonceRejects -= 1
            return Self.badNonce
        }
        return try post(path, message)
    }

    private var directory: [String: Any] {
        var directory: [String: Any] = [
            "newNonce": Self.base + "/nonce", "newAccount": Self.base + "/account", "newOrder": Self.base + "/order",
            "revokeCert": Self.base + "/revoke", "keyChange": Self.base + "/key", "meta": meta,
        ]
        if hasRenewalInfo { directory["renewalInfo"] = Self.base + "/ari" }
        return directory
    }

    static let badNonce = problem(400, "badNonce", "not one of mine")

    static func json(_ object: Any, _ status: Int = 200, _ headers: [HTTPHeader] = []) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: headers, body: (try? JSONSerialization.data(withJSONObject: object)) ?? Data())
    }

    static func problem(_ status: Int, _ kind: String, _ detail: String, _ headers: [HTTPHeader] = []) -> HTTPResponse {
        json(["type": Problem.prefix + kind, "detail": detail, "status": status], status, headers)
    }
}

import Foundation

/// What the authority knows and decides. One request at a time.
struct Desk {
    let settings: HostileAuthority.Settings
    let authority: SmallAuthority
    let base: String
    let elsewhere: (insecure: Int, foreign: Int)

    var misbehaviours: [Misbehaviour]
    /// How often a misbehaviour that is limited has been shown, by what it is about.
    private var shown: [String: Int] = [:]

    var asked: [HostileAuthority.Asked] = []
    var violations: [String] = []
    private var nonces: Set<String> = []
    var accounts: [Account] = []
    var orders: [Order] = []
    var authorizations: [Authorization] = []
    var issued: [Issued] = []

    init(_ settings: HostileAuthority.Settings, port: Int, elsewhere: (insecure: Int, foreign: Int)) throws {
        self.settings = settings
        self.elsewhere = elsewhere
        base = "https://127.0.0.1:\(port)"
        misbehaviours = settings.misbehaviours
        authority = try SmallAuthority(alternates: settings.alternates, now: settings.clock())
    }

    var now: Date { settings.clock() }

    mutating func behave(_ misbehaviours: [Misbehaviour]) {
        self.misbehaviours = misbehaviours
        shown = [:]
        if misbehaviours.contains(.accountForgotten) { forgetAccounts() }
    }

    /// - Parameter finding: why the challenge that the request is about fails.
    mutating func answer(_ request: ServedRequest, _ finding: Problem?) -> Reply {
        let place = Place(request.target)
        let payload = (try? JSON.object(request.body, ""))?["payload"]
        asked.append(
            HostileAuthority.Asked(
                kind: place.kind, method: request.method, path: request.target, userAgent: request.header("User-Agent"),
                payload: (try? JSON.decode(payload, "")).map { String(decoding: $0, as: UTF8.self) }, status: 0,
                time: now))
        let index = asked.count - 1
        var reply: Reply
        do {
            reply = try respond(to: request, at: place, finding)
        } catch let problem as Problem {
            if problem.isViolation { violations.append("\(request.method) \(request.target): \(problem.detail)") }
            reply = problem.reply
        } catch {
            reply = Problem(500, "serverInternal", "\(error)").reply
        }
        if !misbehaviours.contains(.nonceMissing), request.method != "GET" || place.kind == .newNonce {
            reply.headers.replaceOrAdd(name: "Replay-Nonce", value: freshNonce())
        }
        if place.kind != .directory { reply.headers.add(name: "Link", value: "<\(base)/directory>;rel=\"index\"") }
        damage(&reply, place)
        asked[index].status = reply.status
        return reply
    }

    private mutating func respond(to request: ServedRequest, at place: Place, _ finding: Problem?) throws -> Reply {
        guard request.header("User-Agent")?.isEmpty == false else {
            throw Problem.violation("no User-Agent (RFC 8555, 6.1)")
        }
        for case .problem(place.kind, let problem, let times) in misbehaviours
        where show("problem \(place.kind)", times) { throw problem }
        switch (place.kind, request.method) {
        case (.directory, "GET"): return directory()
        case (.newNonce, "HEAD"): return Reply(200, ["Cache-Control": "no-store"])
        case (.newNonce, "GET"): return Reply(204, ["Cache-Control": "no-store"])
        case (.renewalInfo, "GET"): return try renewalInfo(of: place.rest)
        case (.other, _): throw Problem.violation("nothing is there", status: 404)
        case (_, "POST"): break
        default: throw Problem.violation("\(request.method) is not for this", status: 405)
        }
        let message = try message(request)
        switch place.kind {
        case .newAccount: return try newAccount(message)
        case .revocation: return try revoke(message)
        default: break
        }
        let account = try account(of: message)
        switch place.kind {
        case .newOrder: return try newOrder(message, account)
        case .keyChange: return try changeKey(message, account)
        case .account: return try self.account(message, account, place)
        case .order: return try order(message, account, place)
        case .finalize: return try finalize(message, account, place)
        case .authorization: return try authorization(message, account, place)
        case .challenge: return try challenge(message, account, place, finding)
        case .certificate: return try certificate(message, account, place)
        default: throw Problem.violation("nothing is there", status: 404)
        }
    }

    // MARK: Signed requests

    /// A JWS whose form, URL and nonce are right; its signature is not looked at yet.
    private mutating func message(_ request: ServedRequest) throws -> SignedMessage {
        guard request.header("Content-Type") == "application/jose+json" else {
            throw Problem.violation("Content-Type is not application/jose+json", status: 415)
        }
        let message = try SignedMessage(try JSON.object(request.body, "the body"))
        guard (message.header["jwk"] == nil) != (message.header["kid"] == nil) else {
            throw Problem.violation("a JWS has either jwk or kid (RFC 8555, 6.2)")
        }
        guard ["ES256", "ES384", "RS256"].contains(message.algorithm) else {
            throw Problem.violation("\(message.algorithm) is not accepted", type: "badSignatureAlgorithm")
        }
        try message.check(url: base + request.target)
        guard let nonce = message.header["nonce"] as? String, nonces.remove(nonce) != nil else {
            throw Problem.violation("the nonce was never given, or was used before", type: "badNonce")
        }
        for case .nonceRejected(let times) in misbehaviours where show("nonce", times) {
            throw Problem(400, "badNonce", "the nonce is too old")
        }
        return message
    }

    /// The account that signed (RFC 8555, 6.2).
    func account(of message: SignedMessage) throws -> Int {
        guard let kid = message.keyIdentifier else { throw Problem.violation("this wants kid, not jwk") }
        guard let index = accounts.indices.first(where: { url(.account, $0) == kid }), !isForgotten(index) else {
            throw Problem(400, "accountDoesNotExist", "there is no account \(kid)")
        }
        try message.verify(by: accounts[index].key)
        guard accounts[index].status == "valid" else {
            throw Problem(401, "unauthorized", "the account is \(accounts[index].status)")
        }
        return index
    }

    private mutating func freshNonce() -> String {
        let nonce = JSON.encode((0..<16).map { _ in UInt8.random(in: 0...255) })
        nonces.insert(nonce)
        return nonce
    }

    /// Whether a misbehaviour that is limited to so many times is shown now.
    mutating func show(_ what: String, _ times: Int?) -> Bool {
        guard let times else { return true }
        let before = shown[what, default: 0]
        shown[what] = before + 1
        return before < times
    }
}

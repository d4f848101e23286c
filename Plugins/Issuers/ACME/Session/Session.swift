import Curl
import Foundation
import PluginKit

/// One profile's conversation with its CA: every request, signed or not, goes through here.
struct Session: Sendable {
    /// Enough for a CA that rejects every second nonce: one in a million requests fails then.
    private static let signatures = 20
    /// Some CAs take half a minute to an order.
    private static let longestAnswer = Duration.seconds(60)
    /// The longest that is waited on a server's word before it is asked again.
    static let longestPatience: TimeInterval = 86_400

    let transport: Transport
    let trust: Trust
    let product: String
    let rules: URLRules
    let nonces: NoncePool
    let clock: any WallClock
    var directory: Directory

    /// For messages.
    var host: String { URLComponents(string: directory.newOrder)?.host ?? "the CA" }

    // MARK: Unsigned

    /// - Throws: `ServerRefusal` where the status is not 2xx, `PluginFailure`, `CancellationError`.
    func get(_ url: String, _ what: String) async throws -> HTTPResponse {
        let response = try await sendTwice(Self.request("GET", url, product: product, trust: trust))
        return try accepted(response, what)
    }

    /// - Parameter multiplexes: false for what comes before a signed request: it leaves its connection to that one.
    static func request(
        _ method: String, _ url: String, headers: [HTTPHeader] = [], product: String, trust: Trust,
        multiplexes: Bool = true
    ) -> HTTPRequest {
        var request = HTTPRequest(
            method, url,
            headers: [HTTPHeader("User-Agent", product), HTTPHeader("Accept-Language", "en")] + headers,
            trust: trust, timeout: longestAnswer, multiplexes: multiplexes)
        request.addresses = .usual
        return request
    }

    // MARK: Signed

    /// POST-as-GET (RFC 8555, 6.3): asks again once where the connection broke, for it changes nothing.
    func fetch(
        _ url: String, _ signer: Signer, _ what: String, accept: String = "application/json",
        largest: Int = 1 << 20
    ) async throws -> HTTPResponse {
        try await post(url, Data(), signer, what, accept: accept, largest: largest, repeatable: true)
    }

    /// Signs and sends; signs anew while the CA rejects the nonce (RFC 8555, 6.5).
    /// - Parameter payload: JSON.
    /// - Throws: `ServerRefusal`, `PluginFailure`, `CancellationError`.
    func post(
        _ url: String, _ payload: Data, _ signer: Signer, _ what: String, accept: String = "application/json",
        largest: Int = 1 << 20, repeatable: Bool = false
    ) async throws -> HTTPResponse {
        var nonce = try await freshNonce()
        var mayRepeat = repeatable
        for _ in 0..<Self.signatures {
            let message = try signer.sign(payload, nonce: nonce, url: url)
            var request = Self.request(
                "POST", url,
                headers: [HTTPHeader("Content-Type", "application/jose+json"), HTTPHeader("Accept", accept)],
                product: product, trust: trust)
            request.body = message.json
            request.largestAnswer = largest
            do {
                let response = try await sendOnce(request)
                guard response.status >= 400, Self.problem(response).kind == "badNonce" else {
                    return try accepted(response, what)
                }
            } catch let failure as TransferFailure where mayRepeat && failure.kind == .broken {
                // Signed anew: the CA may have taken the nonce before the connection broke.
                mayRepeat = false
            }
            nonce = try await freshNonce()
        }
        throw PluginFailure.noncesRefused(host)
    }

    private func freshNonce() async throws -> String {
        if let pooled = nonces.take(clock.now) { return pooled }
        let request = Self.request(
            "HEAD", directory.newNonce, product: product, trust: trust, multiplexes: false)
        // Not by way of the pool: another request would take it out.
        let response = try accepted(try await sendTwice(request, pools: false), "a nonce")
        guard let nonce = response.value("Replay-Nonce"), NoncePool.isNonce(nonce) else {
            throw PluginFailure.noNonce(host)
        }
        return nonce
    }

    // MARK: Answers

    private func sendTwice(_ request: HTTPRequest, pools: Bool = true) async throws -> HTTPResponse {
        do {
            return try await sendOnce(request, pools: pools)
        } catch let failure as TransferFailure where failure.kind == .broken {
            return try await sendOnce(request, pools: pools)
        }
    }

    private func sendOnce(_ request: HTTPRequest, pools: Bool = true) async throws -> HTTPResponse {
        let response = try await transport.send(request)
        if pools, let nonce = response.value("Replay-Nonce") { nonces.put(nonce, clock.now) }
        return response
    }

    private func accepted(_ response: HTTPResponse, _ what: String) throws -> HTTPResponse {
        guard !(200..<300).contains(response.status) else { return response }
        throw Self.refusal(response, what, host: host, now: clock.now)
    }

    static func refusal(_ response: HTTPResponse, _ what: String, host: String, now: Date) -> ServerRefusal {
        let problem = Self.problem(response)
        let links = LinkHeader.targets("terms-of-service", in: response) + LinkHeader.targets("help", in: response)
        return ServerRefusal(
            what: what, host: host, status: response.status, problem: problem,
            // The host's clock counts whole seconds: a CA's word is never undercut by the rest of one.
            retryAfter: RetryAfter.moment(response, now: now, longest: longestPatience)?.addingTimeInterval(1),
            help: (problem.instance ?? links.first).map { ShownText($0).description })
    }

    private static func problem(_ response: HTTPResponse) -> Problem {
        (try? JSONDecoder().decode(Problem.self, from: response.body)) ?? Problem()
    }
}

/// Who signs: an account by its URL, or a key that has none yet (RFC 8555, 6.2).
struct Signer: Sendable {
    var key: AccountKey
    var account: String?

    func sign(_ payload: Data, nonce: String?, url: String) throws -> SignedMessage {
        let identity: JOSEHeader.Key = try account.map { .kid($0) } ?? .jwk(try key.jwk)
        let header = JOSEHeader(algorithm: key.algorithm.name, key: identity, nonce: nonce, url: url)
        return try SignedMessage(header: header, payload: payload, sign: key.sign)
    }
}

extension Session {
    /// Reads a resource.
    /// - Throws: `PluginFailure` (`acme.answer-malformed`).
    func decode<Resource: Decodable>(_ type: Resource.Type, _ response: HTTPResponse, _ what: String) throws -> Resource
    {
        do {
            return try JSONDecoder().decode(type, from: response.body)
        } catch {
            throw PluginFailure.unreadableAnswer(host, what)
        }
    }

    /// The URL of what was made (RFC 8555, 7.3 and 7.4).
    func location(_ response: HTTPResponse, _ what: String) throws -> String {
        guard let url = response.value("Location") else { throw PluginFailure.unreadableAnswer(host, what) }
        return try rules.accept(url, "Location of \(what)")
    }
}

import Curl
import Foundation
import PluginKit

/// The headers that prove who asks, with a token from an authorization server where that is the way.
struct Tokens {
    /// Less than a token's life, so that none expires on its way.
    private static let margin: TimeInterval = 30
    private static let usualLife: TimeInterval = 300

    private let options: HTTPOptions
    private let outside: Outside
    private let sender: Sender
    /// Whether the token of this request was there before, and so may have been taken back meanwhile.
    private var isOld = false
    private var wasStale = false

    init(_ options: HTTPOptions, _ outside: Outside, _ sender: Sender) {
        self.options = options
        self.outside = outside
        self.sender = sender
    }

    /// - Parameter echo: learns what must not be shown.
    mutating func headers(_ echo: inout Echo) async throws -> [(name: String, value: RenderedText)] {
        guard case .oauth(let client) = options.authentication else {
            return options.authentication?.headers ?? []
        }
        let known = await outside.tokens.token(client.key, now: outside.clock.now)
        isOld = known != nil
        let token: Secret
        if let known { token = known } else { token = try await ask(client, echo) }
        echo.hide(token)
        return [("Authorization", .marked("Bearer ", token))]
    }

    /// Whether a token that was there before is refused, for the first time; it is forgotten then.
    mutating func mayBeStale(_ answer: HTTPResponse) async throws -> Bool {
        guard isOld, !wasStale, answer.status == 401, case .oauth(let client) = options.authentication else {
            return false
        }
        wasStale = true
        await outside.tokens.forget(client.key)
        return true
    }

    private func ask(_ client: OAuthClient, _ echo: Echo) async throws -> Secret {
        var echo = echo
        var fields = [("grant_type", "client_credentials")]
        if let scope = client.scope { fields.append(("scope", scope)) }
        if let audience = client.audience { fields.append(("audience", audience)) }
        var headers = [
            HTTPHeader("Content-Type", "application/x-www-form-urlencoded"), HTTPHeader("Accept", "application/json"),
        ]
        let secret = client.secret.withBytes { Array($0) }
        echo.hide(secret)
        echo.hide(TemplateFilter.percentEncoded(secret))
        if client.sendsForm {
            fields += [("client_id", client.clientID), ("client_secret", String(decoding: secret, as: UTF8.self))]
        } else {
            // Each encoded as in a form first (RFC 6749, 2.3.1).
            let pair =
                TemplateFilter.percentEncoded(Array(client.clientID.utf8)) + [UInt8(ascii: ":")]
                + TemplateFilter.percentEncoded(secret)
            let encoded = Data(pair).base64EncodedString()
            echo.hide(Array(encoded.utf8))
            headers.append(HTTPHeader("Authorization", "Basic " + encoded))
        }
        let form = fields.map { name, value in
            name + "=" + String(decoding: TemplateFilter.percentEncoded(Array(value.utf8)), as: UTF8.self)
        }.joined(separator: "&")
        var request = HTTPRequest(
            "POST", client.tokenURL, headers: headers, body: Data(form.utf8), trust: options.trust,
            timeout: options.timeout, largestAnswer: 64 << 10, multiplexes: false)
        request.addresses = options.addresses
        request.clientCertificate = options.clientCertificate.map { $0.withBytes { Data($0) } }
        let place = "POST \(client.tokenURL) (token)"
        let answer = try await sender.send(request, place, mayChange: false, mayRepeat: true, hiding: echo)
        guard answer.status == 200, let found = JSONValue.read(answer.body), case .object(let members) = found,
            case .text(let token)? = members["access_token"], !token.isEmpty,
            token.utf8.allSatisfy({ (33...126).contains($0) })
        else {
            throw HTTPFailure.noToken(
                answer, place,
                said: options.tellsAnswers ? echo.told(answer, withheld: true, Self.given(answer)) : nil,
                retryAfter: sender.retryAfter(answer))
        }
        let life = members["expires_in"]?.scalar.flatMap(TimeInterval.init) ?? Self.usualLife
        let counted = min(max(0, life.isFinite ? life : 0), 86_400) - Self.margin
        let held = Secret(text: token)
        if counted > 0 {
            await outside.tokens.store(held, client.key, until: outside.clock.now.addingTimeInterval(counted))
        }
        return held
    }
}

extension Tokens {
    /// Whatever an answer calls a token.
    private static func given(_ answer: HTTPResponse) -> [String] {
        guard let found = JSONValue.read(answer.body), case .object(let members) = found else { return [] }
        return members.filter { $0.key.lowercased().hasSuffix("token") }.compactMap(\.value.scalar)
    }
}

extension Authentication {
    /// What needs nobody's answer.
    var headers: [(name: String, value: RenderedText)] {
        switch self {
        case .bearer(let secret): return [("Authorization", .marked("Bearer ", secret))]
        case .basic(let user, let password):
            let pair = Array(user.utf8) + [UInt8(ascii: ":")] + password.withBytes { Array($0) }
            return [("Authorization", .marked("Basic ", Secret(text: Data(pair).base64EncodedString())))]
        case .header(let name, let value): return [(name, .marked("", value))]
        case .aws(_, let token): return token.map { [("X-Amz-Security-Token", .marked("", $0))] } ?? []
        case .oauth: return []
        }
    }
}

extension RenderedText {
    static func marked(_ prefix: String, _ secret: Secret) -> RenderedText {
        var text = RenderedText(prefix)
        text.append(secret.withBytes { Array($0) }, secret: true)
        return text
    }
}

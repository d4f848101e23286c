import Crypto
import Foundation
import HostileAuthority
import SwiftASN1
import TestPeers
import X509

/// An ACME client of few words that does as it is told, right or wrong, to see whether the authority notices.
final class PlainClient {
    /// What may be wrong with one request.
    struct Slip {
        var nonce: String?
        var url: String?
        var algorithm = "ES256"
        var hasBothKeys = false
        var breaksSignature = false
        var type: String? = "application/jose+json"
        var agent: String? = "plain/1"
        var extraMember = false

        static func with(_ change: (inout Slip) -> Void) -> Slip {
            var slip = Slip()
            change(&slip)
            return slip
        }
    }

    var key = P256.Signing.PrivateKey()
    private(set) var account: String?
    private(set) var usedNonce = ""
    private let curl: Curl
    private let base: URL

    init(_ authority: HostileAuthority, in directory: URL) {
        curl = Curl(in: directory, trusting: authority.bundle)
        base = authority.directoryURL.deletingLastPathComponent()
    }

    func url(_ path: String) -> String { base.appending(path: path).absoluteString }

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func jwk(_ key: P256.Signing.PrivateKey) -> [String: String] {
        let point = key.publicKey.rawRepresentation
        return ["kty": "EC", "crv": "P-256", "x": encode(point.prefix(32)), "y": encode(point.suffix(32))]
    }

    /// A JWS; `payload` nil: that of POST-as-GET.
    static func sign(
        _ header: [String: Any], _ payload: [String: any Sendable]?, _ key: P256.Signing.PrivateKey
    ) throws -> [String: String] {
        let protected = encode(try JSONSerialization.data(withJSONObject: header))
        let body = try payload.map { encode(try JSONSerialization.data(withJSONObject: $0)) } ?? ""
        let signature = try key.signature(for: Data("\(protected).\(body)".utf8)).rawRepresentation
        return ["protected": protected, "payload": body, "signature": encode(signature)]
    }

    func get(_ url: String) async throws -> Curl.Answer { try await curl.get(try Self.parse(url)) }

    func post(
        _ url: String, _ payload: [String: any Sendable]?, _ slip: Slip = Slip()
    ) async throws -> Curl.Answer {
        let nonce = try await curl.get(base.appending(path: "new-nonce")).values(of: "Replay-Nonce").first ?? ""
        var header: [String: Any] = ["alg": slip.algorithm, "nonce": slip.nonce ?? nonce, "url": slip.url ?? url]
        if let account { header["kid"] = account }
        if account == nil || slip.hasBothKeys { header["jwk"] = Self.jwk(key) }
        usedNonce = nonce
        var message = try Self.sign(header, payload, slip.breaksSignature ? P256.Signing.PrivateKey() : key)
        if slip.extraMember { message["header"] = "{}" }
        return try await curl.post(message, to: try Self.parse(url), type: slip.type, agent: slip.agent)
    }

    @discardableResult
    func register(_ members: [String: any Sendable] = ["termsOfServiceAgreed": true]) async throws -> Curl.Answer {
        account = nil
        let answer = try await post(url("new-account"), members)
        account = answer.values(of: "Location").first
        return answer
    }

    /// An order with all of its challenges answered.
    func order(_ names: [String], _ more: [String: any Sendable] = [:]) async throws -> Curl.Answer {
        let identifiers = names.map { ["type": "dns", "value": $0] }
        let order = try await post(
            url("new-order"), more.merging(["identifiers": identifiers]) { $1 })
        for place in order.members["authorizations"] as? [String] ?? [] {
            let challenges = try await post(place, nil).members["challenges"] as? [[String: Any]] ?? []
            if let challenge = challenges.first?["url"] as? String { _ = try await post(challenge, [:]) }
        }
        return order
    }

    func finalize(_ order: Curl.Answer, _ names: [String], _ own: P256.Signing.PrivateKey? = nil) async throws
        -> Curl.Answer
    {
        let request = try CertificateSigningRequest(
            version: .v1, subject: DistinguishedName(), privateKey: .init(own ?? P256.Signing.PrivateKey()),
            attributes: .init([
                .init(
                    ExtensionRequest(
                        extensions: try .init { SubjectAlternativeNames(names.map { .dnsName($0) }) }))
            ]))
        var serializer = DER.Serializer()
        try serializer.serialize(request)
        return try await post(
            order.members["finalize"] as? String ?? "", ["csr": Self.encode(serializer.serializedBytes)])
    }

    private static func parse(_ text: String) throws -> URL {
        guard let url = URL(string: text) else { throw PeerFailure("No URL: \(text)") }
        return url
    }
}

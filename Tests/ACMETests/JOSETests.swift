import Automation
import Crypto
import CryptoExtras
import Foundation
import PluginKit
import Testing

@testable import ACME

@Suite("Keys and signatures of an account")
struct JOSETests {
    /// RFC 7515, A.3.1.
    private static let example = (
        x: "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y: "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        d: "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
        protected: "eyJhbGciOiJFUzI1NiJ9",
        payload: "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        signature: "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )

    @Test("the signature of RFC 7515, A.3, holds, and its texts are encoded as there")
    func example() throws {
        let example = Self.example
        let message = Data("\(example.protected).\(example.payload)".utf8)
        let jwk = ["kty": "EC", "crv": "P-256", "x": example.x, "y": example.y]
        let signature = try #require(Base64URL.decode(example.signature))
        #expect(try ReadMessage.verify(message, signature, "ES256", jwk))
        #expect(Base64URL.encode(#"{"alg":"ES256"}"#) == example.protected)
        let claims = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"
        #expect(Base64URL.encode(claims) == example.payload)
        #expect(Base64URL.encode(signature) == example.signature)
    }

    @Test("the key of RFC 7515, A.3, makes signatures that its public half accepts, and its JWK")
    func exampleKey() throws {
        let key = try AccountKey(.es256, privateBytes: #require(Base64URL.decode(Self.example.d)))
        #expect(
            try key.jwk.json == #"{"crv":"P-256","kty":"EC","x":"\#(Self.example.x)","y":"\#(Self.example.y)"}"#)
        let signature = try key.sign(Data("text".utf8))
        let jwk = ["kty": "EC", "crv": "P-256", "x": Self.example.x, "y": Self.example.y]
        #expect(try ReadMessage.verify(Data("text".utf8), signature, "ES256", jwk))
    }

    @Test("the thumbprint of RFC 7638, 3.1")
    func thumbprint() throws {
        let modulus =
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3"
            + "oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0z"
            + "gdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-c"
            + "sFCur-kEgU8awapJzKnqDKgw"
        let jwk = JWK.rsa(
            modulus: try #require(Base64URL.decode(modulus)), exponent: try #require(Base64URL.decode("AQAB")))
        #expect(jwk.thumbprint == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs")
    }

    @Test("the thumbprint of RFC 8037, A.3")
    func edwardsThumbprint() throws {
        let point = try #require(Base64URL.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"))
        let jwk = JWK.octetKeyPair("Ed25519", x: point)
        #expect(jwk.json == #"{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)
        #expect(jwk.thumbprint == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
    }

    @Test("ECDSA signatures keep their width, also where a number begins with zero bytes")
    func widths() throws {
        for (algorithm, width) in [(AccountKey.Algorithm.es256, 64), (.es384, 96)] {
            let key = try AccountKey.generate(algorithm)
            var shorts = 0
            for number in 0..<600 {
                let signature = try key.sign(Data("\(number)".utf8))
                #expect(signature.count == width)
                if signature.first == 0 || signature[width / 2] == 0 { shorts += 1 }
            }
            #expect(shorts > 0, "a zero byte at the start of r or s was among them")
        }
    }

    @Test("every kind of key signs, and comes back from its stored form", arguments: AccountKey.Algorithm.allCases)
    func kinds(algorithm: AccountKey.Algorithm) throws {
        let key = try AccountKey.generate(algorithm)
        let restored = try AccountRecord.StoredKey(key).key()
        #expect(restored.algorithm == algorithm)
        #expect(try restored.jwk == key.jwk)
        let message = try Signer(key: restored).sign(Data("{}".utf8), nonce: "n", url: "https://ca.test/x")
        let read = try ReadMessage(message.json, keys: [:])
        #expect(read.header["alg"] as? String == algorithm.name)
        #expect(read.nonce == "n" && read.kid == nil && read.url == "https://ca.test/x")
        #expect("\(key)" == "(account key)")
    }

    @Test("an external account binding is the account's JWK under HMAC with SHA-256")
    func externalAccount() throws {
        let mac = Data((0..<32).map { UInt8($0) })
        let key = try AccountKey.generate(.es256)
        let message = try SignedMessage.externalAccount(
            ExternalAccount(keyID: "kid-\"1", macKey: Secret(mac)), key: key.jwk, newAccount: "https://ca.test/account")
        let header = try #require(Base64URL.decode(message.protected))
        #expect(
            String(decoding: header, as: UTF8.self)
                == #"{"alg":"HS256","kid":"kid-\"1","url":"https://ca.test/account"}"#)
        #expect(Base64URL.decode(message.payload) == Data(try key.jwk.json.utf8))
        let signed = Data("\(message.protected).\(message.payload)".utf8)
        let code = try #require(Base64URL.decode(message.signature))
        #expect(HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: SymmetricKey(data: mac)))
    }

    @Test("base64url refuses what is not of its alphabet")
    func alphabet() {
        #expect(
            Base64URL.decode("+w") == nil && Base64URL.decode("a b") == nil && Base64URL.decode("_w==") == Data([255]))
        #expect(Base64URL.decode("") == Data())
        #expect(!Base64URL.isText("") && !Base64URL.isText("../x") && Base64URL.isText("aZ09-_"))
    }
}

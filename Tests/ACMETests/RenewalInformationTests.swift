import Automation
import Curl
import Foundation
import PluginKit
import Testing

@testable import ACME

@Suite("A CA's advice on renewal")
struct RenewalInformationTests {
    private static let now = Date(timeIntervalSince1970: 1_798_761_600)

    private static func version(serial: String, authority: Data?, ends: Date) -> IssuanceRequest.Predecessor {
        IssuanceRequest.Predecessor(
            facts: VersionFacts(
                certificate: "web", number: 1, subjects: ["a.example.com"], fingerprint: Fingerprint(sha256: Data()),
                serial: serial, notBefore: now, notAfter: ends), authorityKeyIdentifier: authority)
    }

    @Test("the identifier of RFC 9773, appendix A")
    func vector() throws {
        let authority = try #require(Base64URL.decode("aYhba4dGQEHhs3uEe6CuLN4ByNQ"))
        let version = Self.version(serial: "87654321", authority: authority, ends: Self.now)
        #expect(
            CertificateIdentifier(version)?.description == "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE",
            "with the zero byte that DER puts before a high first bit")
    }

    @Test(
        "serial numbers are written as in DER", arguments: [("1", "AQ"), ("7f", "fw"), ("80", "AIA"), ("0102", "AQI")])
    func serials(serial: String, encoded: String) {
        let version = Self.version(serial: serial, authority: Data([1]), ends: Self.now)
        #expect(CertificateIdentifier(version)?.description == "AQ." + encoded)
    }

    @Test("what names no authority, or has no number, has no identifier")
    func none() {
        #expect(CertificateIdentifier(Self.version(serial: "01", authority: nil, ends: Self.now)) == nil)
        #expect(CertificateIdentifier(Self.version(serial: "zz", authority: Data([1]), ends: Self.now)) == nil)
    }

    @Test("the window, what explains it, and when to ask again")
    func window() throws {
        let body = #"""
            {"suggestedWindow":{"start":"2027-02-01T00:00:00.5Z","end":"2027-02-02T01:00:00+01:00"},
            "explanationURL":"https://ca.test/why"}
            """#
        let response = HTTPResponse(
            status: 200, headers: [HTTPHeader("Retry-After", "21600")], body: Data(body.utf8))
        let advice = try #require(RenewalInformation.advice(response, now: Self.now))
        #expect(Instant(advice.window.lowerBound).rfc3339 == "2027-02-01T00:00:00Z")
        #expect(Instant(advice.window.upperBound).rfc3339 == "2027-02-02T00:00:00Z")
        #expect(advice.explanation == "https://ca.test/why")
        #expect(advice.askAgain == Self.now.addingTimeInterval(21_600))
    }

    @Test(
        "a window that is inverted, empty or no window is no advice",
        arguments: [
            #"{"suggestedWindow":{"start":"2027-02-02T00:00:00Z","end":"2027-02-01T00:00:00Z"}}"#,
            #"{"suggestedWindow":{"start":"2027-02-01T00:00:00Z","end":"2027-02-01T00:00:00Z"}}"#,
            #"{"suggestedWindow":{"start":"soon","end":"later"}}"#, "{}", "[]", "", "{",
        ])
    func malformed(body: String) {
        #expect(RenewalInformation.advice(HTTPResponse(status: 200, body: Data(body.utf8)), now: Self.now) == nil)
    }

    @Test("Retry-After is kept between a minute and a day; six hours without it; explanations only by https")
    func clamps() throws {
        let body =
            #"{"suggestedWindow":{"start":"2027-02-01T00:00:00Z","end":"2027-02-02T00:00:00Z"},"explanationURL":"javascript:x"}"#
        for (text, seconds) in [("1", 60.0), ("9999999", 86_400), ("junk", 21_600)] {
            let response = HTTPResponse(
                status: 200, headers: [HTTPHeader("Retry-After", text)], body: Data(body.utf8))
            let advice = try #require(RenewalInformation.advice(response, now: Self.now))
            #expect(advice.askAgain == Self.now.addingTimeInterval(seconds))
            #expect(advice.explanation == nil)
        }
    }

    @Test("advice that can't be followed is a failure for six hours")
    func badAdvice() async throws {
        let bench = Bench()
        await bench.authority.set {
            $0.before = { request, _ in
                request.url.contains("/ari/") ? ScriptedAuthority.json([:] as [String: String]) : nil
            }
        }
        let version = Self.version(serial: "80", authority: Data([1]), ends: bench.clock.now.addingTimeInterval(86_400))
        let failure = await expect(.transient, "acme.bad-advice") { try await bench.issuer().advice(for: version) }
        #expect(failure?.retryAfter == bench.clock.now.addingTimeInterval(21_600))
    }

    @Test("a CA is asked by a plain GET, and not at all after the end, without an identifier, or where it offers none")
    func asking() async throws {
        let bench = Bench()
        let issuer = try await bench.issuer()
        let ends = bench.clock.now.addingTimeInterval(86_400)
        let version = Self.version(serial: "80", authority: Data([1]), ends: ends)
        #expect(try await issuer.advice(for: version) != nil)
        #expect(await bench.authority.requests == ["GET /dir", "GET /ari/AQ.AIA"])
        #expect(try await issuer.advice(for: Self.version(serial: "80", authority: nil, ends: ends)) == nil)
        bench.clock.advance(86_401)
        #expect(try await issuer.advice(for: version) == nil)
        #expect(await bench.authority.requests.count == 2)
        let other = Bench()
        await other.authority.set { $0.hasRenewalInfo = false }
        #expect(try await other.issuer().advice(for: version) == nil)
    }
}

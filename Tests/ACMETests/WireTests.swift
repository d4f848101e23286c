import Automation
import Curl
import Foundation
import PluginKit
import Testing

@testable import ACME

@Suite("What a CA sends, read with care")
struct WireTests {
    private static let now = Date(timeIntervalSince1970: 1_798_761_600)

    @Test(
        "Retry-After is seconds or a date, never before now and never beyond the clamp",
        arguments: [
            ("5", 5.0), ("0", 0), ("999999999999999999999", 3600), ("Fri, 01 Jan 2027 00:00:30 GMT", 30),
            ("Fri, 01 Jan 2016 00:00:30 GMT", 0), ("Fri, 01 Jan 2037 00:00:00 GMT", 3600), (" 7 ", 7),
        ])
    func retryAfter(text: String, seconds: TimeInterval) {
        let response = HTTPResponse(status: 429, headers: [HTTPHeader("retry-after", text)])
        #expect(
            RetryAfter.moment(response, now: Self.now, longest: 3600) == Self.now.addingTimeInterval(seconds))
    }

    @Test(
        "text in Retry-After says nothing", arguments: ["soon", "", "-5", "1.5", "Fri, 41 Jan 2027 00:00:30 GMT", "٣"])
    func noRetryAfter(text: String) {
        #expect(RetryAfter.moment(text, now: Self.now, longest: 3600) == nil)
    }

    @Test("dates of HTTP are read as Foundation writes them")
    func dates() {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        for day in stride(from: 0, to: 60_000, by: 37) {
            let date = Date(timeIntervalSince1970: TimeInterval(day * 86_400 + day * 7 % 86_400))
            #expect(HTTPDate.date(formatter.string(from: date)) == date)
        }
    }

    @Test("links are read by their relation, several in one field, commas in quotes and all")
    func links() {
        let response = HTTPResponse(
            status: 200,
            headers: [
                HTTPHeader("Link", #"<https://ca.test/1>; title="a, b"; rel="alternate", <https://ca.test/2>;rel=up"#),
                HTTPHeader("link", #"<https://ca.test/3>;rel="index alternate""#), HTTPHeader("Link", "junk <"),
            ])
        #expect(LinkHeader.targets("alternate", in: response) == ["https://ca.test/1", "https://ca.test/3"])
        #expect(LinkHeader.targets("alternate", in: response, limit: 1) == ["https://ca.test/1"])
    }

    @Test(
        "only https URLs of the directory's own host and port are followed",
        arguments: [
            "http://ca.test/x", "https://other.test/x", "https://ca.test:444/x", "https://user@ca.test/x", "ca.test/x",
            "https://ca.test/x#y", "https://ca.test/ x", "file:///etc/passwd", "https://ca.test\n/x", "",
            "https://ca.test.evil.test/", "https://169.254.169.254/latest",
        ])
    func refusedURLs(url: String) throws {
        let rules = try URLRules(directory: "https://CA.test/dir", hosts: [])
        #expect(throws: PluginFailure.self) { try rules.accept(url, "newOrder") }
    }

    @Test("another host is followed where the profile names it")
    func namedHosts() throws {
        let rules = try URLRules(directory: "https://ca.test:14000/dir", hosts: ["Other.test", "third.test:8443"])
        for url in ["https://ca.test:14000/x", "https://other.test/x?y=1", "https://third.test:8443/"] {
            #expect(try rules.accept(url, "newOrder") == url)
        }
        #expect(throws: PluginFailure.self) { try rules.accept("https://ca.test/x", "newOrder") }
    }

    @Test("subproblems are shown per name, and nothing that steers a terminal")
    func problems() throws {
        let body = #"""
            {"type":"urn:ietf:params:acme:error:rejectedIdentifier","detail":"two\u001b[31m bad","subproblems":[
            {"type":"urn:ietf:params:acme:error:caa","detail":"CAA forbids","identifier":{"type":"dns","value":"a.test"}}]}
            """#
        let problem = try JSONDecoder().decode(Problem.self, from: Data(body.utf8))
        #expect(problem.words == "two [31m bad (rejectedIdentifier); a.test: CAA forbids")
        #expect(ShownText(String(repeating: "x", count: 9000)).description.count == 500)
        #expect(ShownText("a\u{202E}b\nc").description == "a b c")
    }

    @Test("however much a CA has to say of twenty names, a message has about 2,000 characters and begins with each")
    func longWords() throws {
        let name = Identifier(type: "dns", value: "a.test")
        let part = Problem(detail: String(repeating: "x", count: 900), identifier: name)
        let problem = Problem(detail: "no", subproblems: Array(repeating: part, count: 30))
        #expect((1400...1600).contains(problem.words.count))
        #expect(problem.words.hasPrefix("no; a.test: xxx") && problem.words.hasSuffix("…; and 13 more"))
        let refused = try (0..<30).map { (try #require(Subject("w\($0).example.com")), problem) }
        let message = PluginFailure.validationFailed("ca.test", refused).message
        #expect(message.unicodeScalars.count <= 2000 && message.hasSuffix("…; and 10 more."))
        #expect(message.matches(of: /w[0-9]+\.example\.com: no; a\.test: x/).count == 20)
        #expect(PluginFailure.validationFailed("ca.test", Array(refused.prefix(1))).message.count > 1400)
    }

    @Test("tokens and key authorizations that a CA quotes are not shown")
    func quotedTokens() {
        let token = "LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
        let problem = Problem(
            detail: "http://a.test/.well-known/acme-challenge/\(token): \"\(token).\(token)\" is not what I want")
        #expect(!problem.words.contains(token))
        #expect(problem.words.contains("/.well-known/acme-challenge/(the token)"))
    }

    @Test(
        "the types of problems become classes of failures",
        arguments: [
            ("rateLimited", 429, FailureClass.rateLimited), ("unauthorized", 403, .auth),
            ("accountDoesNotExist", 400, .auth), ("externalAccountRequired", 403, .auth),
            ("userActionRequired", 403, .auth), ("rejectedIdentifier", 400, .policy), ("caa", 403, .policy),
            ("dns", 400, .transient), ("connection", 400, .transient), ("malformed", 400, .configuration),
            ("badCSR", 400, .configuration), ("invalidProfile", 400, .configuration),
            ("serverInternal", 500, .transient), ("", 503, .transient), ("", 429, .rateLimited), ("", 403, .auth),
        ])
    func classes(kind: String, status: Int, expected: FailureClass) {
        let refusal = ServerRefusal(
            what: "the order", host: "ca.test", status: status, problem: Problem(type: Problem.prefix + kind))
        let failure = refusal.failure(Self.now)
        #expect(failure.kind == expected)
        #expect(failure.code.hasPrefix("acme.") && failure.code == failure.code.lowercased())
        if expected == .rateLimited { #expect(failure.retryAfter == Self.now.addingTimeInterval(3600)) }
    }
}

import Curl
import Foundation
import Testing

@Suite("An exchange with a web server")
struct ExchangeTests {
    @Test("brings the whole answer: its status, its body, and its fields in order, repeated ones too")
    func whole() async throws {
        try await Web.withRunning { web in
            let answer = try await web.send("/twice", headers: [HTTPHeader("User-Agent", "certflow-test/1")])
            #expect(answer.status == 200)
            #expect(String(decoding: answer.body, as: UTF8.self) == "certflow-test/1")
            #expect(answer.values("set-cookie") == ["a=1", "b=2"])
            let names = answer.headers.map(\.name)
            #expect(names.suffix(4) == ["Set-Cookie", "Set-Cookie", "X-Connection", "Link"])
        }
    }

    @Test("is the same over HTTP/1.1 and HTTP/2", arguments: [false, true])
    func protocols(hasHTTP2: Bool) async throws {
        try await Web.withRunning(hasHTTP2: hasHTTP2) { web in
            let answer = try await web.send("/text")
            #expect(answer.value("X-Protocol") == (hasHTTP2 ? "HTTP/2.0" : "HTTP/1.1"))
            #expect(String(decoding: answer.body, as: UTF8.self) == "hello")
            #expect(try await web.send("/missing").status == 404)
        }
    }

    @Test("sends the bodies of all methods as they are", arguments: ["POST", "PUT", "PATCH", "DELETE"], [false, true])
    func bodies(method: String, hasHTTP2: Bool) async throws {
        try await Web.withRunning(hasHTTP2: hasHTTP2) { web in
            for count in [7, 8 << 10, 60_000, 0, 12_000] {
                let body = Data(repeating: UInt8(ascii: "x"), count: count)
                // Twice at once, and soon: a body that is stuck is sent when the time to connect is over.
                let request = web.request("/echo", method, body: body, timeout: .seconds(8))
                let answers = try await web.sendMany(2, request)
                #expect(answers.allSatisfy { $0.status == 204 && ($0.value("X-Body") ?? "").count == count })
                guard !hasHTTP2 || count > 0 else { continue }
                #expect(answers.allSatisfy { $0.value("X-Protocol") == "HTTP/1.1" })
            }
            #expect(try await web.send("/echo", method).status == 204)
        }
    }

    @Test("sends what it was told and nothing of libcurl's own", arguments: [false, true])
    func nothingOwn(hasHTTP2: Bool) async throws {
        try await Web.withRunning(hasHTTP2: hasHTTP2) { web in
            let fields = [HTTPHeader("X-Empty", ""), HTTPHeader("X-Mine", "two  words")]
            let answer = try await web.send("/told", "POST", headers: fields, body: Data("body".utf8))
            #expect(String(decoding: answer.body, as: UTF8.self) == "POST||||two  words")
            let typed = try await web.send(
                "/told", "POST", headers: [HTTPHeader("content-type", "application/jose+json")], body: Data("{}".utf8))
            #expect(String(decoding: typed.body, as: UTF8.self) == "POST||application/jose+json||")
        }
    }

    @Test("with HEAD has no body, whatever the length that is announced", arguments: [false, true])
    func head(hasHTTP2: Bool) async throws {
        try await Web.withRunning(hasHTTP2: hasHTTP2) { web in
            let answer = try await web.send("/text", "HEAD", largestAnswer: 0)
            #expect(answer.status == 200)
            #expect(answer.value("content-length") == "5")
            #expect(answer.body.isEmpty)
            #expect(try await web.send("/text").value("X-Connection") == answer.value("X-Connection"))
        }
    }

    @Test("follows no redirect and keeps no cookie")
    func redirect() async throws {
        try await Web.withRunning { web in
            let answer = try await web.send("/moved")
            #expect(answer.status == 302)
            #expect(answer.value("location") == "https://localhost:\(web.port)/text")
            for _ in 0..<2 {
                #expect(String(decoding: try await web.send("/cookies").body, as: UTF8.self) == "cookie:")
            }
        }
    }

    @Test("forgets one request's settings before the next")
    func forgets() async throws {
        try await Web.withRunning { web in
            _ = try await web.send("/echo", "POST", body: Data("body".utf8))
            _ = try await web.send("/text", "HEAD")
            #expect(try await web.send("/text").body.count == 5)
            let told = try await web.send("/told")
            #expect(String(decoding: told.body, as: UTF8.self) == "GET||||")
        }
    }
}

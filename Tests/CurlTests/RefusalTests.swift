import Curl
import Foundation
import Testing

@Suite("What is refused before anything is sent")
struct RefusalTests {
    @Test(
        "is every URL that is not an https one with a host and without a login",
        arguments: [
            "", "x", "http://localhost/", "HTTP://localhost/", "ftp://localhost/", "file:///etc/passwd", "localhost",
            "https://", "https://user@localhost/", "https://user:geheim@localhost/",
            "https://localhost:99999/", "https://localhost:x/", "https://local host/", "https://localhost/\n",
            "https://localhost/\u{0}", "//localhost/", "https://[::1/", "https://localhost:84430/?key=geheim",
            "https://localhost:x#geheim", "https://[::1/geheim",
            "https://a b/geheim", "https://localhost:84430\\geheim", "geheim", "gopher://localhost", "/path",
            "https://" + String(repeating: "a", count: 20_000) + "/",
        ])
    func urls(url: String) async throws {
        let client = HTTPClient()
        let failure = try await failure { try await client.send(HTTPRequest("GET", url)) }
        #expect(failure?.kind == .refusedURL)
        #expect(failure?.message.contains("geheim") == false)
        #expect((failure?.message.count ?? 0) < 300)
        await client.close()
    }

    @Test("is told by scheme, host and port alone")
    func named() {
        let failure = #expect(throws: TransferFailure.self) {
            try HTTPRequest.check(url: "https://localhost:84430/path?key=geheim")
        }
        #expect(failure?.message.contains("“https://localhost:84430” can't be used") == true)
    }

    @Test(
        "is a field that would become two, or that belongs to the connection",
        arguments: [
            HTTPHeader("X-A", "b\r\nHost: evil.test"), HTTPHeader("X-A", "b\nc"), HTTPHeader("X-A", "b\u{0}"),
            HTTPHeader("X A", "b"), HTTPHeader("", "b"), HTTPHeader("X-A:", "b"), HTTPHeader("Host", "evil.test"),
            HTTPHeader("content-LENGTH", "5"), HTTPHeader("Transfer-Encoding", "chunked"), HTTPHeader("Expect", "x"),
        ])
    func fields(header: HTTPHeader) async throws {
        let client = HTTPClient()
        let failure = try await failure {
            try await client.send(HTTPRequest("GET", "https://localhost:1/", headers: [header]))
        }
        #expect(failure?.kind == .local)
        #expect(failure?.message.contains("localhost:1") == true)
        await client.close()
    }

    @Test("is a method that is none", arguments: ["", "GET /", "G\r\nE", "GÉT"])
    func methods(method: String) async throws {
        let client = HTTPClient()
        let failure = try await failure { try await client.send(HTTPRequest(method, "https://localhost:1/")) }
        #expect(failure?.kind == .local)
        await client.close()
    }
}

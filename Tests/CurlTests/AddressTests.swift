import Curl
import Testing

@Suite("Which addresses a request may reach")
struct AddressTests {
    @Test(
        "a range holds what begins like it",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("fe80::/10", "febf::1", true),
            ("fe80::/10", "fec0::1", false), ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false),
            ("192.168.1.128/25", "192.168.1.127", false), ("192.168.1.128/25", "192.168.1.200", true),
            ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.0.2", false),
            // The same address in another form.
            ("169.254.0.0/16", "::ffff:169.254.169.254", true), ("169.254.0.0/16", "64:ff9b::a9fe:a9fe", true),
        ])
    func ranges(range: String, address: String, isHeld: Bool) throws {
        let range = try #require(AddressRange(range))
        #expect(range.contains(try #require(IPAddress(address))) == isHeld)
    }

    @Test(
        "what is no range is none",
        arguments: ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "10.0.0/8", "localhost", "1.2.3.4/8/9"])
    func malformed(text: String) { #expect(AddressRange(text) == nil) }

    @Test("what is denied stays so, however wide an allowance is")
    func policy() throws {
        let policy = AddressPolicy(
            denied: [try #require(AddressRange("10.1.0.0/16"))], allowed: [try #require(AddressRange("10.0.0.0/8"))])
        #expect(policy.permits(try #require(IPAddress("10.2.0.1"))))
        #expect(!policy.permits(try #require(IPAddress("10.1.0.1"))))
        #expect(!policy.permits(try #require(IPAddress("11.0.0.1"))))
        let narrow = AddressPolicy(denied: policy.denied, allowed: [try #require(AddressRange("10.1.2.0/24"))])
        #expect(narrow.permits(try #require(IPAddress("10.1.2.3"))))
        #expect(!narrow.permits(try #require(IPAddress("10.1.3.3"))))
        #expect(AddressPolicy.any.permits(try #require(IPAddress("11.0.0.1"))))
    }

    @Test("a connection that one request made is no way for another that may not use its address")
    func keptConnection() async throws {
        try await Web.withRunning { web in
            let first = try await web.client.send(web.request("/told"))
            var closed = web.request("/told")
            closed.addresses = AddressPolicy(allowed: [try #require(AddressRange("10.0.0.0/8"))])
            let refusal = try await failure { try await web.client.send(closed) }
            #expect(first.status == 200 && refusal?.kind == .refusedAddress)
            #expect(refusal?.message.contains("127.0.0.1") == true)
            let again = try await web.send("/twice")
            #expect(again.status == 200)
        }
    }

    @Test("plaintext is used only where the request lets it")
    func plaintext() async throws {
        try await Web.withRunning { web in
            var request = web.request("/told")
            request.url = "http://localhost:\(web.port)/told"
            let refusal = try await failure { try await web.client.send(request) }
            #expect(refusal?.kind == .refusedURL)
            request.allowsPlaintext = true
            let answer = try await web.client.send(request)
            #expect(answer.status == 400, "nginx tells that it was asked without TLS")
        }
    }
}

import Curl
import Testing

@Suite("An answer's header")
struct HTTPResponseTests {
    @Test("finds its fields whatever their case")
    func anyCase() {
        let answer = HTTPResponse(status: 200, headers: [HTTPHeader("Replay-Nonce", "a"), HTTPHeader("link", "b")])
        #expect(answer.value("replay-nonce") == "a")
        #expect(answer.values("Link") == ["b"])
    }
}

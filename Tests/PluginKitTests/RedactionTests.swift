import PluginKit
import Testing

@Suite("what a command on a target says")
struct RedactionTests {
    @Test("is kept without the secrets of the profile, whole or line by line, and a longer one is not half shown")
    func masked() {
        let key = "-----BEGIN PRIVATE KEY-----\nfirst-line-of-it\nsecond-line-of-it\n-----END PRIVATE KEY-----\n"
        let secrets = Redaction([Secret(text: "pass"), Secret(text: "password \n"), Secret(text: key), Secret([])])
        #expect(secrets.masked("the password is 'password', not pass.") == "the (secret) is '(secret)', not (secret).")
        #expect(secrets.masked("> second-line-of-it") == "> (secret)")
        #expect(secrets.masked("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----")
        #expect(secrets.masked("password\u{301}") == "(secret)\u{301}", "byte by byte, not character by character")
        #expect(secrets.masked("nothing of the kind") == "nothing of the kind")
    }
}

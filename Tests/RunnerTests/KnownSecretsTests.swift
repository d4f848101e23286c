import PluginKit
import Testing

@testable import Runner

@Suite("what a command on a target says")
struct KnownSecretsTests {
    @Test("is kept without the secrets of the profile, whole or line by line, and a longer one is not half shown")
    func masked() {
        let key = "-----BEGIN PRIVATE KEY-----\nfirst-line-of-it\nsecond-line-of-it\n-----END PRIVATE KEY-----\n"
        let secrets = KnownSecrets([Secret(text: "pass"), Secret(text: "password \n"), Secret(text: key), Secret([])])
        #expect(secrets.masked("the password is 'password', not pass.") == "the (secret) is '(secret)', not (secret).")
        #expect(secrets.masked("> second-line-of-it") == "> (secret)")
        #expect(secrets.masked("-----BEGIN PRIVATE KEY-----") == "-----BEGIN PRIVATE KEY-----")
        #expect(secrets.masked("nothing of the kind") == "nothing of the kind")
    }
}

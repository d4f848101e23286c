import PluginKit
import Testing

@Suite("How single values are written")
struct OptionTextTests {
    @Test(
        "lengths of time have a unit",
        arguments: zip(
            ["0s", "90s", "15m", "2h", "7d", "1y", "", "5", "s", "-5s", "1.5h", "5 m", "9223372036854775807y", "5M"],
            [0, 90, 900, 7200, 604_800, 31_536_000, nil, nil, nil, nil, nil, nil, nil, nil] as [Int64?]))
    func seconds(text: String, seconds: Int64?) {
        #expect(OptionText.seconds(text) == seconds)
    }

    @Test(
        "lengths of time are shown in the largest unit that holds them whole",
        arguments: [
            (0, "0s"), (59, "59s"), (60, "1m"), (5400, "90m"), (86_400, "1d"), (90_000, "25h"), (31_536_000, "1y"),
        ] as [(Int64, String)])
    func words(seconds: Int64, words: String) {
        #expect(OptionText.words(seconds: seconds) == words)
        #expect(OptionText.seconds(words) == seconds)
    }

    @Test(
        "yes and no have several spellings",
        arguments: zip(
            ["TRUE", "yes", "On", "false", "No", "off", "1", ""],
            [
                true, true, true, false, false, false, nil, nil,
            ] as [Bool?]))
    func flags(text: String, flag: Bool?) {
        #expect(OptionText.flag(text) == flag)
    }

    @Test(
        "names of ours are safe as a path component and as an argument",
        arguments: ["www.example.com", "*.example.com", "a_b-c", "9"])
    func names(name: String) {
        #expect(OptionText.isName(name))
    }

    @Test(
        "what is not safe there is no name",
        arguments: ["", ".a", "-a", "a/b", "a..b", "a b", "ä", "a\n", String(repeating: "a", count: 201)])
    func noNames(name: String) {
        #expect(!OptionText.isName(name))
    }

    @Test("one place has one spelling", arguments: ["/etc/tls", "/etc//tls", "/etc/tls/", "//etc/tls//"])
    func normalized(path: String) {
        #expect(OptionText.normalized(path: path) == "/etc/tls")
    }

    @Test(
        "a slip of the keys finds the key that was meant",
        arguments: zip(
            ["pubish", "publihs", "Publish", "pbulish", "publish"], Array(repeating: "publish", count: 5)))
    func nearest(word: String, meant: String) {
        #expect(NearestKey.of(word, among: ["renew", "publish", "import"]) == meant)
    }

    @Test("a word that resembles none finds none", arguments: ["", "x", "deploy", "publication-of-all"])
    func notNear(word: String) {
        #expect(NearestKey.of(word, among: ["renew", "publish", "import"]) == nil)
    }
}

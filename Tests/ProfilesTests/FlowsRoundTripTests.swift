import Automation
import PluginKit
import Testing

@testable import Profiles

/// Certificates written as text are read to the same values.
@Suite struct FlowsRoundTripTests {
    private func again(_ specs: [CertificateSpec]) throws -> [CertificateSpec] {
        let text = FlowsFile.text(specs)
        // Defaults unlike ours: a text must not lean on them.
        let defaults = FlowDefaults(
            zone: try #require(ZoneTable.shared["Pacific/Apia"]), issuer: "other", lastResort: .wait)
        let (read, problems) = FlowsFile.parse(text, file: "flows.yaml", defaults: defaults)
        #expect(problems.isEmpty, "\(problems)\n\(text)")
        return read.map { spec in
            var spec = spec
            spec.position = nil
            return spec
        }
    }

    @Test("what was read from a file is written so that it reads the same")
    func fromFile() throws {
        let specs = FlowsFile.parse(Valid.flows, file: "flows.yaml").specs.map { spec in
            var spec = spec
            spec.position = nil
            return spec
        }
        #expect(specs.count == 2)
        #expect(try again(specs) == specs)
    }

    @Test("no certificates are an empty list")
    func none() throws { #expect(try again([]).isEmpty) }

    @Test("any flow, label and note survives", arguments: 0..<20)
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let specs = (0..<25).map { Self.spec("c\($0)", &random) }
        #expect(try again(specs) == specs)
    }

    @Test("a window of whole days or periods is written as such, another one cell by cell")
    func windows() {
        func window(_ cells: Cells) -> String {
            let rules = FlowRules(renewalEnabled: false, window: Window(cells, zone: .utc))
            let spec = CertificateSpec(
                name: "a", subjects: [.dns("a.example")], issuer: "own", flow: Flow(rules: rules))
            return FlowsFile.text([spec]).split(separator: "\n").filter { $0.contains("window:") }.joined()
        }
        #expect(window(.all).contains("window: {days: all, periods: all, timeZone: UTC, earlier: true}"))
        #expect(window(.none).contains("{open: {}, timeZone"))
        #expect(
            window(Cells(days: [.sunday, .saturday], periods: Period.all)).contains(
                "{days: [saturday, sunday], periods: all"))
        var corner = Cells.none
        corner[.saturday, Period.all[5]] = true
        corner[.sunday, Period.all[0]] = true
        #expect(window(corner).contains("{open: {saturday: [\"20:00-24:00\"], sunday: [\"00:00-04:00\"]}"))
    }

    @Test(
        "a text is bare only where every reader of YAML takes it for a text",
        arguments: [
            ("www.example.com", "www.example.com"), ("web team", "\"web team\""), ("true", "\"true\""),
            ("No", "\"No\""), ("12", "\"12\""), ("1e3", "\"1e3\""), ("*.a", "\"*.a\""), ("~", "\"~\""),
            ("null", "\"null\""), ("", "\"\""), ("a: b", "\"a: b\""), ("a\\\"\n\t", "\"a\\\\\\\"\\n\\t\""),
            ("\u{2028}", "\"\\U00002028\""), ("ä", "\"ä\""), ("-a", "\"-a\""),
            ("R&D", "\"R\\x26D\""),
        ])
    func scalars(text: String, written: String) throws {
        #expect(YAMLText.scalar(text) == written)
        let root = try YAMLReader.read(SourceFile("a: \(written)\n", path: "a.yaml"))
        #expect(root?["a"]?.value == .scalar(text))
    }

    static func spec(_ name: String, _ random: inout SeededGenerator) -> CertificateSpec {
        let zones = ["UTC", "Europe/Berlin", "America/St_Johns", "Etc/GMT+5"].compactMap { ZoneTable.shared[$0] }
        func window() -> Window {
            let cells: Cells =
                switch Int.random(in: 0..<4, using: &random) {
                case 0: .all
                case 1: Cells(days: Weekday.allCases.filter { _ in Bool.random(using: &random) }, periods: Period.all)
                default: Cells(bits: UInt64.random(in: 0..<(1 << 42), using: &random))
                }
            return Window(cells.isEmpty ? .all : cells, zone: zones.randomElement(using: &random) ?? .utc)
        }
        func text() -> String {
            let alphabet = Array("aZ09 .:-_#&*!|>'\"\\%@`{}[],?\n\täß€😀~")
            let text = String(
                (0..<Int.random(in: 0..<12, using: &random)).map { _ in
                    alphabet.randomElement(using: &random) ?? " "
                })
            return text
        }
        func line() -> String { text().replacing("\n", with: "").replacing("\t", with: "") }
        let days = Int.random(in: 1...365, using: &random)
        let renew: [RenewIn] = [.automatic, .beforeExpiration(days: days), .onExpiration, .afterExpiration(days: days)]
        let rules = FlowRules(
            renewalEnabled: .random(using: &random), renewIn: renew.randomElement(using: &random) ?? .automatic,
            publicationEnabled: .random(using: &random),
            publishOn: PublishOn.allCases.randomElement(using: &random) ?? .afterRenew,
            lastResort: LastResort.allCases.randomElement(using: &random) ?? .ask, window: window(),
            publicationWindow: Bool.random(using: &random) ? window() : nil, earlier: .random(using: &random))
        return CertificateSpec(
            name: name, subjects: [.dns("\(name).example"), .dns("*.\(name).example"), .ip([10, 0, 0, 1])],
            issuer: "own",
            fallback: Bool.random(using: &random)
                ? Fallback(issuer: "other", after: .seconds(Int64.random(in: 900...31_536_000, using: &random))) : nil,
            key: KeyPolicy(
                type: KeyType.allCases.randomElement(using: &random) ?? .ecdsaP256, reuse: .random(using: &random)),
            labels: ["team": "x" + line(), "on": "y" + line()], owner: line(), note: text(),
            flow: Flow(rules: rules, profiles: ["fleet", "*.b", "1"]))
    }
}

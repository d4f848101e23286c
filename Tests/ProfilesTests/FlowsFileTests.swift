import Automation
import PluginKit
import Testing

@testable import Profiles

/// The file of flows becomes certificates with their flows.
@Suite struct FlowsFileTests {
    private func specs(_ text: String, defaults: FlowDefaults = FlowDefaults(issuer: "own")) -> [CertificateSpec] {
        let (specs, problems) = FlowsFile.parse(text, file: "flows.yaml", profiles: Valid.profiles, defaults: defaults)
        #expect(problems.isEmpty, "\(problems)")
        return specs
    }

    private func flow(_ text: String, defaults: FlowDefaults = FlowDefaults(issuer: "own")) throws -> Flow {
        try #require(
            specs("certificates:\n  - {name: a, subjects: [a.example], flow: \(text)}\n", defaults: defaults).first
        ).flow
    }

    @Test("every part of an entry is in its certificate")
    func everything() throws {
        let spec = try #require(specs(Valid.flows).first)
        let berlin = try #require(ZoneTable.shared["Europe/Berlin"])
        #expect(spec.name == "www.example.com")
        #expect(
            spec.subjects == [
                .dns("www.example.com"), .dns("*.example.com"), .ip([192, 0, 2, 7]),
                .ip([0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]),
            ])
        #expect(spec.issuer == "own")
        #expect(spec.key == KeyPolicy(type: .rsa2048, reuse: true))
        #expect(spec.labels == ["team": "web", "tier": "1"])
        #expect(spec.owner == "web team")
        #expect(spec.note == "Two lines,\nall told.\n")
        #expect(spec.position == SourcePosition(file: "flows.yaml", line: 2, column: 11))
        #expect(spec.flow.profiles == ["fleet"])
        let rules = spec.flow.rules
        #expect(rules.renewalEnabled && rules.publicationEnabled && !rules.earlier)
        #expect(rules.renewIn == .beforeExpiration(days: 30))
        #expect(rules.publishOn == .onPreviousExpiry)
        #expect(rules.lastResort == .publish)
        let night = try #require(Period(name: "00:00-04:00"))
        #expect(rules.window == Window(Cells(days: [.tuesday, .wednesday], periods: [night]), zone: berlin))
        var weekend = Cells(days: [.sunday], periods: Period.all)
        weekend[.saturday, try #require(Period(name: "20:00-24:00"))] = true
        #expect(rules.publicationWindow == Window(weekend, zone: berlin))
    }

    @Test("what is not given is the default of a new flow")
    func defaults() throws {
        let spec = try #require(specs(Valid.flows).last)
        #expect(spec.name == "plain")
        #expect(spec.key == KeyPolicy())
        #expect(spec.flow == Flow())
        #expect(spec.labels.isEmpty && spec.owner.isEmpty && spec.note.isEmpty)
    }

    @Test("a home's own defaults take the place of ours, and what the file says takes theirs")
    func homeDefaults() throws {
        let tokyo = try #require(ZoneTable.shared["Asia/Tokyo"])
        let defaults = FlowDefaults(zone: tokyo, issuer: "own", lastResort: .wait)
        let bare = try #require(
            specs("certificates: [{name: a, subjects: [a.example]}]", defaults: defaults).first)
        #expect(bare.issuer == "own")
        #expect(bare.flow.rules.window == Window(.all, zone: tokyo))
        #expect(bare.flow.rules.lastResort == .wait)
        #expect(try flow("{window: {days: all}}", defaults: defaults).rules.window.zone == tokyo)
        #expect(try flow("{window: {timeZone: UTC}}", defaults: defaults).rules.window.zone == .utc)
        #expect(try flow("{publication: {lastResort: ask}}", defaults: defaults).rules.lastResort == .ask)
    }

    @Test(
        "renewals follow each of the four rules",
        arguments: [
            ("{renew: automatic}", RenewIn.automatic), ("{renew: on-expiration}", .onExpiration),
            ("{renew: before-expiration, days: 365}", .beforeExpiration(days: 365)),
            ("{renew: after-expiration, days: 1}", .afterExpiration(days: 1)), ("{}", .automatic),
        ])
    func renewals(text: String, renew: RenewIn) throws {
        #expect(try flow("{renewal: \(text)}").rules.renewIn == renew)
        #expect(try flow("{renewal: \(text)}").rules.renewalEnabled)
    }

    @Test("a flow may do nothing at all, even with a window that never opens")
    func idle() throws {
        let flow = try flow("{renewal: {enabled: no}, publication: {enabled: no, profiles: []}, window: {days: []}}")
        #expect(!flow.rules.renewalEnabled && !flow.rules.publicationEnabled)
        #expect(flow.rules.window.cells.isEmpty)
    }

    @Test("a window that never opens does no harm to a stage that has its own")
    func otherWindow() throws {
        let rules = try flow(
            "{renewal: {enabled: no}, publication: {enabled: yes, profiles: [fleet]}, window: {open: {}}, publicationWindow: {}}"
        ).rules
        #expect(rules.window.cells.isEmpty && rules.windowOfPublication.cells.isFull)
    }

    @Test("midnight may be written as it is on a clock")
    func midnight() throws {
        let written = try flow("{window: {periods: [\"20:00-00:00\"]}}").rules.window
        #expect(try flow("{window: {periods: [\"20:00 - 24:00\"]}}").rules.window == written)
    }

    @Test("several files are one set of certificates")
    func severalFiles() {
        let files = ["a", "b"].map {
            SourceFile("certificates: [{name: \($0), subjects: [a.example], issuer: own}]", path: $0)
        }
        let (specs, problems) = FlowsFile.parse(files, profiles: Valid.profiles)
        #expect(specs.map(\.name) == ["a", "b"])
        #expect(problems.isEmpty)
        let twice = FlowsFile.parse([files[0], SourceFile(files[0].text, path: "c")])
        #expect(twice.specs.map(\.name) == ["a"])
        #expect(twice.problems.map { "\($0.position)" } == ["c:1:23"])
        #expect(twice.problems.first?.message.contains("stands at a:1:23 already") == true)
    }

    @Test("without a set of profiles their names are not checked")
    func unchecked() {
        let (specs, problems) = FlowsFile.parse(
            "certificates: [{name: a, subjects: [a.example], issuer: anything}]", file: "flows.yaml")
        #expect(specs.map(\.issuer) == ["anything"])
        #expect(problems.isEmpty)
    }

    @Test("a mistake in one certificate leaves the others readable")
    func others() {
        let (specs, problems) = FlowsFile.parse(
            "certificates:\n  - {name: a, subjects: [a b], issuer: own}\n  - {name: b, subjects: [b.example], issuer: own}\n",
            file: "flows.yaml")
        #expect(specs.map(\.name) == ["b"])
        #expect(problems.count == 1)
    }
}

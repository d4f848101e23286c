import Foundation
import PluginKit
import Testing

@testable import Profiles

/// The variables of templates: each documented, each filled.
@Suite struct TemplateCatalogTests {
    private let version = VersionFacts(
        certificate: "*.example.com", number: 7, subjects: ["*.example.com", "example.com"],
        fingerprint: Fingerprint(sha256: Data([0xAB, 0x01])), serial: "0a1b",
        notBefore: Date(timeIntervalSince1970: 1_804_550_400), notAfter: Date(timeIntervalSince1970: 1_812_326_400))

    private func targets(_ options: String) throws -> [PublishingProfile.Target] {
        let text = "profile: p\npublisher: remote\n\(options)\n"
        let reading = PublishingProfile.read(SourceFile(text, path: "p.yaml"), registry: Backends.registry)
        return try #require(reading.profile, "\(reading.problems)").targets
    }

    private func render(_ template: String, _ target: PublishingProfile.Target) throws -> String {
        try Template(template).render(TemplateCatalog.variables(version: version, target: target)).text
    }

    @Test(
        "a variable says what the version or the target is",
        arguments: [
            ("certificate.name", "*.example.com"), ("certificate.subject", "*.example.com"),
            ("certificate.fileName", "_wildcard.example.com"), ("target.name", "default"), ("version.number", "7"),
            ("version.serial", "0a1b"), ("version.fingerprint", "ab01"),
            ("version.notBefore", "2027-03-09T00:00:00Z"), ("version.notAfter", "2027-06-07T00:00:00Z"),
            ("target.host", "web-1"), ("target.port", "22"), ("target.compress", "true"), ("target.wait", "90s"),
            ("target.note", "https://web-1/_wildcard.example.com"),
            ("target.url", "https://web-1/_wildcard.example.com"),
        ])
    func values(name: String, value: String) throws {
        let options = """
            with: {host: web-1, port: 22, compress: yes, wait: 90s, note: "{{target.url}}",
              url: "https://{{target.host}}/{{certificate.fileName}}"}
            """
        #expect(try render("{{\(name)}}", try #require(try targets(options).first)) == value)
    }

    @Test("each target fills its own values")
    func eachTarget() throws {
        let targets = try targets(
            "with: {note: \"to {{target.host}}\"}\ntargets: [{name: a, host: x}, {name: b, host: y}]")
        #expect(try targets.map { try render("{{target.name}} {{target.note}}", $0) } == ["a to x", "b to y"])
    }

    @Test("every variable that can be named is filled, and every one is documented with a sentence")
    func complete() throws {
        let target = try #require(try targets("with: {host: a}").first)
        let variables = TemplateCatalog.variables(version: version, target: target)
        for entry in TemplateCatalog.entries { #expect(variables[entry.name] != nil, "\(entry.name)") }
        let entries = TemplateCatalog.entries(for: Backends.remote.options)
        #expect(Set(entries.map(\.name)).count == entries.count)
        #expect(entries.allSatisfy { $0.summary.hasSuffix(".") })
        let options = entries.map(\.name).filter { $0.hasPrefix("target.") && $0 != "target.name" }
        #expect(
            options == ["target.host", "target.port", "target.url", "target.wait", "target.compress", "target.note"])
    }

    @Test(
        "a file name is safe for every file system",
        arguments: [
            ("www.example.com", "www.example.com"), ("*.a.b", "_wildcard.a.b"), ("a*b", "a_b"), ("a/b:c", "a_b_c"),
        ])
    func fileNames(name: String, file: String) { #expect(TemplateCatalog.fileName(name) == file) }
}

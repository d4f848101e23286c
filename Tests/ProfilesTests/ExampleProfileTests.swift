import ACME
import Curl
import FilesystemPublisher
import Foundation
import HTTPPublisher
import LocalAuthority
import PluginKit
import SFTPPublisher
import Testing

@testable import Profiles

/// The profiles that `init` copies into a home: all are valid, do something, and say how far they were tried.
@Suite struct ExampleProfileTests {
    private let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "profiles").path

    private let registry = Registry(
        publishers: [
            FilesystemPublisher.backend(), HTTPPublisher.backend(HTTPClient()), SFTPPublisher.backend(home: "/"),
        ],
        issuers: [LocalAuthority.backend, ACME.backend(HTTPClient())])

    private let version = VersionFacts(
        certificate: "*.example.com", number: 1, subjects: ["*.example.com"],
        fingerprint: Fingerprint(sha256: Data(repeating: 1, count: 32)), serial: "01",
        notBefore: Date(timeIntervalSince1970: 0), notAfter: Date(timeIntervalSince1970: 1))

    private func set() throws -> ProfileSet { try ProfileSet.load(directory: directory, registry: registry) }

    @Test("all examples are valid together")
    func load() throws {
        let set = try set()
        #expect(
            set.publishing.keys.sorted() == [
                "acme-challenges", "apache-files", "aws-acm", "aws-secrets-manager", "azure-key-vault", "caddy-admin",
                "dovecot", "etcd", "f5-big-ip", "haproxy-bundle", "haproxy-socket", "kubernetes-secret", "netscaler",
                "nginx-dav", "nginx-files", "nginx-sftp", "palo-alto", "postfix", "postgresql", "proxmox-ve", "tomcat",
                "vault-kv", "websphere", "windows-iis",
            ])
        #expect(
            set.issuing.keys.sorted() == [
                "google-trust-services", "lets-encrypt", "lets-encrypt-short-lived", "local-authority", "step-ca",
                "zerossl",
            ])
    }

    @Test(
        "every example of files renders them for a wildcard certificate, tests, reloads, proves, and rolls back")
    func publishing() throws {
        for profile in try set().publishing.values where !profile.isForChallenges && profile.publisher != "http" {
            for target in profile.targets {
                let variables = TemplateCatalog.variables(version: version, target: target)
                let header = try String(contentsOfFile: profile.file, encoding: .utf8)
                let options = try target.options.render(variables) { name in
                    guard header.contains("#   certflow secret set \(name) ") else {
                        throw OptionProblem(.start(of: profile.file), "It needs the secret \(name).", remedy: "")
                    }
                    return Secret([])
                }
                let files = try FileOptions(options)
                // Windows knows no modes: its server shows every file as readable to all.
                let others: UInt32 = profile.name == "windows-iis" ? 0 : 0o077
                #expect(files.files.contains { $0.content.isPrivate && $0.mode & others == 0 }, "\(profile.name)")
                #expect(!options.places(FilesystemPublisher.manifest.options).isEmpty)
                for step in [profile.test, profile.reload] {
                    let arguments = try #require(step).arguments
                    for argument in arguments { _ = try argument.render(variables) }
                }
                guard case .tls(let connect, let serverName, _, _) = profile.proof else {
                    Issue.record("\(profile.name) proves nothing")
                    continue
                }
                _ = try connect.render(variables)
                #expect(try serverName?.render(variables).text == "*.example.com")
            }
            #expect(profile.rollsBack)
            #expect(!profile.description.isEmpty)
            #expect(profile.verified != nil, "\(profile.name) does not say where it was tried")
        }
    }

    @Test("every example of requests can be shown as it would be sent, proves, names its secrets and shows none")
    func requests() async throws {
        let context = PluginContext(state: NoState(), clock: NoClock(), entropy: { Array(repeating: 0, count: $0) })
        let backend = HTTPPublisher.backend(HTTPClient())
        let publisher = try await backend.make(Options(), context)
        var version = version
        version.certificate = "www.example.com"
        for profile in try set().publishing.values where profile.publisher == "http" {
            let target = try #require(profile.targets.first)
            let variables = TemplateCatalog.variables(version: version, target: target)
            let options = try target.options.render(variables) { _ in Secret(text: "s3cret-canary") }
            let artifacts = target.options.artifactRequests.map {
                Artifact(content: $0.content, digest: Data(), bytes: Secret(text: "rendered \($0.content) canary"))
            }
            let delivery = Delivery(
                id: "1", version: version, target: target.name, options: options, artifacts: artifacts,
                deadline: .distantFuture)
            let planned = try await publisher.preview(delivery)
            let text = planned.map { "\($0)" }.joined()
            #expect(!text.contains("s3cret"), "\(profile.name): \(text)")
            for form in Artifact.Content.allCases where form.isPrivate {
                #expect(!text.contains("rendered \(form)"), "\(profile.name): \(text)")
            }
            #expect(text.contains("(secret)"), "\(profile.name)")
            let header = try String(contentsOfFile: profile.file, encoding: .utf8)
            for name in target.options.secretNames { #expect(header.contains("certflow secret set \(name)`")) }
            #expect(header.contains("# Fill in") && profile.verified != nil && profile.proof != nil, "\(profile.name)")
        }
        await backend.close()
    }

    @Test("the profile of requests in the README is valid")
    func readme() throws {
        let root = URL(fileURLWithPath: directory).deletingLastPathComponent()
        let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
        let blocks = readme.components(separatedBy: "```").filter { $0.hasPrefix("yaml\npublisher: http\n") }
        let block = try #require(blocks.first)
        let source = SourceFile("profile: readme\n" + block.dropFirst(5), path: "readme.yaml")
        #expect(PublishingProfile.read(source, stem: "readme", registry: registry).problems.isEmpty)
    }

    @Test("two certificates never share a file, whichever example publishes them")
    func places() throws {
        for profile in try set().publishing.values where !profile.isForChallenges && profile.publisher != "http" {
            let places = try ["a.example", "b.example"].map { name in
                var version = version
                version.certificate = name
                return try profile.targets.flatMap { target in
                    let variables = TemplateCatalog.variables(version: version, target: target)
                    return try target.options.render(variables) { _ in Secret([]) }
                        .places(FilesystemPublisher.manifest.options)
                }
            }
            #expect(Set(places[0]).isDisjoint(with: places[1]), "\(profile.name)")
        }
    }

    @Test("the issuing example is accepted by the local authority")
    func issuing() async throws {
        let profile = try #require(try set().issuing["local-authority"])
        let options = try profile.options.render(TemplateVariables()) { _ in Secret([]) }
        let context = PluginContext(state: NoState(), clock: NoClock(), entropy: { Array(repeating: 0, count: $0) })
        _ = try await LocalAuthority.backend.make(options, context)
    }

    @Test("an example of an ACME authority names no secret that a new home lacks, and the ACME issuer takes it")
    func authorities() async throws {
        let context = PluginContext(state: NoState(), clock: NoClock(), entropy: { Array(repeating: 0, count: $0) })
        let backend = ACME.backend(HTTPClient())
        for profile in try set().issuing.values where profile.issuer == ACME.manifest.name {
            #expect(profile.options.secretNames.isEmpty)
            let options = try profile.options.render(TemplateVariables()) { _ in Secret([]) }
            _ = try await backend.make(options, context)
            let text = try String(contentsOfFile: profile.file, encoding: .utf8)
            #expect(text.contains("# Fill in") && !profile.description.isEmpty, "\(profile.name)")
        }
        await backend.close()
    }

    @Test("what an example of an ACME authority has commented out is valid as soon as it counts")
    func filledIn() throws {
        for profile in try set().issuing.values where profile.issuer == ACME.manifest.name {
            let lines = try String(contentsOfFile: profile.file, encoding: .utf8)
                .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            let settings = lines.filter { $0.hasPrefix("  # ") }.map { "  " + $0.dropFirst(4) }
            #expect(settings.count >= 4, "\(profile.name)")
            // Of several ways to answer http-01 one is chosen, and every choice is tried.
            let ways = settings.filter { $0.hasPrefix("  http01:") }
            for way in ways {
                let others = settings.filter { !$0.hasPrefix("  http01:") || $0 == way }
                let text = (lines.filter { !$0.hasPrefix("  # ") } + others).joined(separator: "\n")
                let reading = IssuingProfile.read(
                    SourceFile(text, path: profile.file), stem: profile.name, registry: registry)
                #expect(reading.problems.isEmpty, "\(profile.name): \(reading.problems)")
            }
            #expect(ways.count == 2)
        }
    }

    private struct NoState: PluginState {
        func value(_ key: String) async throws -> Secret? { nil }
        func store(_ new: Secret, _ key: String, replacing: Data?) async throws -> Bool { true }
    }

    private struct NoClock: WallClock {
        let now = Date(timeIntervalSince1970: 0)
        func sleep(until instant: Date) async throws {}
    }
}

import Curl
import Foundation
import PluginKit
import Profiles
import Synchronization
import Testing

@testable import HTTPPublisher

/// A profile's text with the publisher that it names, and all that a host would hand to both.
struct Bench: Sendable {
    static let secrets = [
        "dav-password": "dav-s3cret-canary", "etcd-password": "etcd-s3cret-canary", "token": "token-s3cret-canary",
        "aws-secret-access-key": "aws/s3cret+canary", "kubernetes-token": "kube-s3cret-canary",
        "vault-secret-id": "vault-s3cret-canary", "f5-password": "f5-s3cret-canary",
        "client-secret": "client-s3cret-canary", "netscaler-password": "netscaler-s3cret-canary",
        "proxmox-token": "proxmox-s3cret-canary", "azure-client-secret": "azure-s3cret-canary",
        "azure-passphrase": "bundle-s3cret-canary", "palo-alto-key": "pan-s3cret-canary",
        "palo-alto-passphrase": "bundle-s3cret-canary",
    ]

    let profile: PublishingProfile
    let state = MemoryState()
    let clock: TestClock
    let publisher: any Publisher

    /// - Parameter text: a profile as an operator writes it.
    init(
        _ text: String, _ client: HTTPClient, clock: TestClock = TestClock(), secrets: [String: String] = [:]
    ) async throws {
        let backend = HTTPPublisher.backend(client)
        let reading = PublishingProfile.read(
            SourceFile(text, path: "profile.yaml"), registry: Registry(publishers: [backend]))
        guard let profile = reading.profile, reading.problems.isEmpty else {
            throw ProfileTrouble(problems: reading.problems.map(\.description))
        }
        self.profile = profile
        self.clock = clock
        self.secrets = secrets
        publisher = try await backend.make(
            Options(),
            PluginContext(
                state: state, clock: clock, entropy: { count in (0..<count).map { _ in .random(in: 0...255) } })
        )
    }

    private let secrets: [String: String]

    struct ProfileTrouble: Error { var problems: [String] }

    /// A profile that is ready to copy, with its server elsewhere and whatever else is replaced.
    static func ready(
        _ name: String, server: String, caBundle: URL? = nil, replacing: [(String, String)] = []
    ) throws -> String {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "profiles/publishing/\(name).yaml")
        var text = try String(contentsOf: path, encoding: .utf8)
        for (old, new) in replacing {
            guard text.contains(old) else { throw ProfileTrouble(problems: ["\(name) has no \(old)"]) }
            text = text.replacing(old, with: new)
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            guard line.hasPrefix("  server:") else { return [String(line)] }
            return ["  server: \(server)"] + (caBundle.map { ["  caBundle: \($0.path)"] } ?? [])
        }
        return lines.joined(separator: "\n")
    }

    /// - Parameter artifacts: whether it carries any: verbs that write nothing are handed none.
    func delivery(
        _ version: SampleVersion, after previous: SampleVersion? = nil, artifacts: Bool = true, resuming: Handle? = nil
    ) throws -> Delivery {
        let target = try #require(profile.targets.first)
        return try delivery(
            version, TemplateCatalog.variables(version: version.facts, target: target), after: previous,
            artifacts: artifacts, resuming: resuming)
    }

    /// For a profile that publishes challenges.
    func challenge(token: String, _ version: SampleVersion) throws -> Delivery {
        let challenge = Challenge(
            form: .http01, subject: "www.example.com", token: token, keyAuthorization: "\(token).thumbprint")
        let target = try #require(profile.targets.first)
        return try delivery(
            version, TemplateCatalog.variables(challenge: challenge, target: target), after: nil, artifacts: true,
            resuming: nil)
    }

    private func delivery(
        _ version: SampleVersion, _ variables: TemplateVariables, after previous: SampleVersion?, artifacts: Bool,
        resuming: Handle?
    ) throws -> Delivery {
        let target = try #require(profile.targets.first)
        let options = try target.options.render(variables) { name in
            Secret(text: try #require(secrets[name] ?? Self.secrets[name]))
        }
        return Delivery(
            id: String(version.facts.fingerprint.description.prefix(32)),
            version: version.facts, previous: previous?.facts, target: target.name, options: options,
            artifacts: artifacts
                ? target.options.artifactRequests.map { request in
                    Artifact(
                        content: request.content, digest: Data(), bytes: Secret(version.bytes(request.content)))
                } : [], resuming: resuming, deadline: clock.now.addingTimeInterval(600))
    }

    func publish(
        _ version: SampleVersion, after previous: SampleVersion? = nil, resuming: Handle? = nil,
        _ journal: MemoryJournal = MemoryJournal()
    ) async throws -> Receipt {
        try await publisher.publish(try delivery(version, after: previous, resuming: resuming), journal)
    }

    /// What is there; nil where there is nothing.
    func leaf(_ version: SampleVersion) async throws -> Data? {
        switch try await publisher.inspect(try delivery(version, artifacts: false)) {
        case .certificates(let chain): return chain.first
        case .nothing: return nil
        case let other: throw ProfileTrouble(problems: ["\(other)"])
        }
    }
}

/// A client that is closed at last.
func withClient<Result: Sendable>(_ body: (HTTPClient) async throws -> Result) async throws -> Result {
    let client = HTTPClient()
    do {
        let result = try await body(client)
        await client.close()
        return result
    } catch {
        await client.close()
        throw error
    }
}

/// What a call is refused with; nil where it is not.
func failure(_ body: () async throws -> some Any) async throws -> PluginFailure? {
    do {
        _ = try await body()
        return nil
    } catch let failure as PluginFailure {
        return failure
    }
}

/// Time that passes only where something waits for it.
final class TestClock: WallClock {
    private let moment = Mutex(Date(timeIntervalSinceNow: 0))

    var now: Date { moment.withLock { $0 } }

    func sleep(until instant: Date) async throws {
        try Task.checkCancellation()
        moment.withLock { $0 = max($0, instant) }
    }
}

final class MemoryState: PluginState {
    private let values = Mutex<[String: Secret]>([:])

    /// All that is there, as text.
    var stored: [String] {
        values.withLock { $0.values.map { $0.withBytes { String(decoding: $0, as: UTF8.self) } } }
    }

    func value(_ key: String) async throws -> Secret? { values.withLock { $0[key] } }

    func store(_ new: Secret, _ key: String, replacing: Data?) async throws -> Bool {
        values.withLock { values in
            guard values[key]?.sha256 == replacing else { return false }
            values[key] = new
            return true
        }
    }
}

final class MemoryJournal: Journal {
    private let entries = Mutex<[(step: Step, handle: Handle)]>([])

    var steps: [Step] { entries.withLock { $0.map(\.step) } }
    var last: Handle? { entries.withLock { $0.last?.handle } }

    func record(_ step: Step, _ handle: Handle) async throws { entries.withLock { $0.append((step, handle)) } }

    func note(_ text: String) {}
}

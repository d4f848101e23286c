import PluginKit

/// Backends that declare themselves and do nothing: profiles are checked against their manifests.
enum Backends {
    /// On this machine, without commands.
    static let files = Manifest(
        name: "filesystem", kind: .publisher, version: "1", summary: "Files on this machine.",
        capabilities: [.check, .inspect, .rollback, .sweep, .withdraw], contents: Set(Artifact.Content.allCases),
        options: OptionSchema(FileOptions.fields))

    /// On other machines, with commands.
    static let remote = Manifest(
        name: "remote", kind: .publisher, version: "1", summary: "Files on other machines.",
        capabilities: [.check, .inspect, .commands], contents: [.fullchain, .privateKey],
        options: OptionSchema([
            .init("host", .host, required: true, role: .target, example: "web-1.example.net", "The machine."),
            .init("port", .integer(1...65_535), role: .target, example: "22", "Its port."),
            .init("url", .url, example: "https://web-1.example.net/", "What is called."),
            .init("wait", .duration(1...3600), role: .manner, example: "30s", "How long to wait."),
            .init("compress", .flag, role: .manner, "Whether to compress."),
            .init("password", .secret, role: .manner, "The password."),
            .init("note", .text, "Some text."),
            .init("tags", .list(.text), "Some texts."),
            .init("content", .content, "What is sent."),
        ]))

    /// Writes what nobody can read back.
    static let blind = Manifest(
        name: "blind", kind: .publisher, version: "1", summary: "Can't look.", capabilities: [], contents: [.fullchain],
        options: OptionSchema())

    static let authority = Manifest(
        name: "local-authority", kind: .issuer, version: "1", summary: "Our own.", capabilities: [],
        options: OptionSchema([
            .init("lifetime", .duration(60...86_400_000), example: "90d", "How long."),
            .init("permittedNames", .list(.text), "Which names."),
            .init("account", .secret, "The account's key."),
        ]))

    static let registry = Registry(
        publishers: [files, remote, blind].map { Backend($0) { _, _ in Idle() } },
        issuers: [Backend(authority) { _, _ in Idle() }])

    private struct Idle: Publisher, Issuer {
        func check(_ delivery: Delivery) async throws -> CheckReport { CheckReport() }
        func inspect(_ delivery: Delivery) async throws -> Presence { .unknowable }
        func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt { throw CancellationError() }
        func rollback(
            _ delivery: Delivery, to handle: Handle, _ journal: any Journal
        ) async throws -> Receipt { throw CancellationError() }
        func check() async throws -> CheckReport { CheckReport() }
        func begin(_ request: IssuanceRequest, _ journal: any Journal) async throws -> Issuance {
            throw CancellationError()
        }
        func resume(
            _ request: IssuanceRequest, from handle: Handle, _ journal: any Journal
        ) async throws -> Issuance { throw CancellationError() }
    }
}

import PluginKit

/// One backend that a profile can name. The form of `profile list --backends --output json`.
struct BackendReport: Encodable {
    var name: String
    /// "publisher", "issuer"
    var kind: String
    var summary: String
    var capabilities: [String]
    /// The forms of a certificate that it may be handed.
    var contents: [String]

    private init(_ manifest: Manifest) {
        name = manifest.name
        kind = manifest.kind.rawValue
        summary = manifest.summary
        capabilities = manifest.capabilities.map(\.rawValue).sorted()
        contents = manifest.contents.map(\.rawValue).sorted()
    }

    static func all(of registry: Registry) -> [BackendReport] {
        let manifests = registry.issuers.values.map(\.manifest) + registry.publishers.values.map(\.manifest)
        return manifests.map { BackendReport($0) }.sorted { ($0.kind, $0.name) < ($1.kind, $1.name) }
    }

    static func print(_ reports: [BackendReport]) {
        var table = Table("BACKEND", "KIND", "CAN", "WHAT IT IS")
        for report in reports {
            table.add(
                .init(report.name, .strong), .init(report.kind),
                .init(report.capabilities.joined(separator: ", ")), .init(report.summary))
        }
        table.print()
        Console.line("Its options: `certflow profile options BACKEND`.")
    }
}

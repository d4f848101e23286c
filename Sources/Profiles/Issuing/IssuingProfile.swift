import Automation
import PluginKit

/// Who issues certificates, and how: one file in `profiles/issuing/`.
public struct IssuingProfile: Sendable, Equatable {
    public var name: String
    public var description: String
    /// The backend's name.
    public var issuer: String
    /// Accepted by the issuer's schema; its templates name no variables.
    public var options: OptionTree
    /// Shorter lives that the CA has announced: what forecasts count with.
    public var announced: [AnnouncedLife]
    public var file: String
    /// Of the file's content, in hexadecimal: differs where it was changed. Guards against nothing.
    public var digest: String

    public init(
        name: String, description: String = "", issuer: String, options: OptionTree,
        announced: [AnnouncedLife] = [], file: String = "", digest: String = ""
    ) {
        self.name = name
        self.description = description
        self.issuer = issuer
        self.options = options
        self.announced = announced
        self.file = file
        self.digest = digest
    }
}

extension IssuingProfile {
    static let keys = ["profile", "description", "issuer", "with", "announced"]

    /// Reads one file and checks it against its issuer.
    ///
    /// - Parameter stem: the file's name without `.yaml`, where the profile must bear the same.
    public static func read(
        _ source: SourceFile, stem: String? = nil, registry: Registry
    ) -> ProfileReading<IssuingProfile> {
        let findings = Findings()
        guard let root = ProfileHeader.root(of: source, example: "issuer: local-authority", findings),
            let group = GroupReader(root, keys: keys, misplaced: misplaced(registry), findings),
            let header = ProfileHeader(
                group, stem: stem, backendKey: "issuer", registry.issuers.mapValues(\.manifest))
        else { return ProfileReading(nil, findings) }
        var options = OptionTree()
        if let manifest = header.manifest {
            let node = group.node("with") ?? OptionNode(.group([]), at: group.keyPosition("issuer"))
            let check = manifest.options.check(node, variables: [], contents: manifest.contents)
            check.problems.forEach(findings.report)
            options = check.tree
        }
        let profile = IssuingProfile(
            name: header.name, description: header.description, issuer: header.backend, options: options,
            announced: announced(group), file: source.path, digest: FNV1a.digest(of: source.text))
        return ProfileReading(profile, named: header.name, findings)
    }

    /// `announced: [{from: 2027-03-15, lifetime: 100d}]`: a day stands for its beginning in UTC.
    private static func announced(_ group: GroupReader) -> [AnnouncedLife] {
        let items = group.items("announced", example: "[{from: 2027-03-15, lifetime: 100d}]") ?? []
        return items.compactMap { item in
            guard let entry = GroupReader(item, keys: ["from", "lifetime"], group.findings) else { return nil }
            if !entry.has("from") { entry.missing("from", "Add the day from which it holds: `from: 2027-03-15`.") }
            if !entry.has("lifetime") { entry.missing("lifetime", "Add the new lifetime: `lifetime: 100d`.") }
            let lifetime = entry.span("lifetime", in: .minutes(1) ... .days(3650))
            guard let text = entry.text("from") else { return nil }
            guard let from = Instant(rfc3339: text.contains("T") ? text : "\(text)T00:00:00Z") else {
                entry.findings.report(
                    entry.position(of: "from"), "`\(text.shown)` is no day.",
                    "Write a day such as `2027-03-15`, or a moment such as `2027-03-15T12:00:00Z`.")
                return nil
            }
            return lifetime.map { AnnouncedLife(from: from, length: $0) }
        }
    }

    private static func misplaced(_ registry: Registry) -> [String: String] {
        var remedies: [String: String] = [:]
        for field in registry.issuers.values.flatMap(\.manifest.options.fields) {
            remedies[field.name] = "It is an option of the issuer: move it under `with`."
        }
        remedies["publisher"] = "That is for publishing profiles, in profiles/publishing; this one takes `issuer`."
        return remedies
    }
}

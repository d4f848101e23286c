import PluginKit

/// What every profile begins with: its name, what it is for, and its backend.
struct ProfileHeader {
    let name: String
    let description: String
    let backend: String
    /// Nil, reported, where there is no backend of that name.
    let manifest: Manifest?

    /// - Parameter stem: the file's name without `.yaml`, where the profile must bear it: so a name leads to its file,
    ///   and two files can't claim one name.
    /// - Returns: nil, reported, where name or backend is missing or no name.
    init?(_ group: GroupReader, stem: String?, backendKey: String, _ manifests: [String: Manifest]) {
        if !group.has("profile") {
            group.missing("profile", "Add it: the profile's name, the same as the file's without `.yaml`.")
        }
        if !group.has(backendKey) {
            let names = manifests.keys.sorted().map { "`\(backendKey): \($0)`" }.joined(separator: " or ")
            group.missing(backendKey, "Add \(names.isEmpty ? "the backend's name" : names).")
        }
        description = group.text("description", multiline: true) ?? ""
        let name = group.name("profile")
        let backend = group.text(backendKey)
        manifest = backend.flatMap { manifests[$0] }
        if let backend, manifest == nil {
            group.findings.report(
                group.position(of: backendKey), "There is no \(backendKey) `\(backend.shown)`.",
                NearestKey.remedy(for: backend, among: manifests.keys.sorted()))
        }
        if let stem, let name, name != stem {
            group.findings.report(
                group.position(of: "profile"), "The profile `\(name)` can't stand in the file `\(stem.shown).yaml`.",
                "Rename the file to `\(name).yaml`, or write `profile: \(stem.shown)`.")
        }
        guard let name, let backend else { return nil }
        self.name = name
        self.backend = backend
    }

    /// The file's document.
    /// - Returns: nil, reported, where it can't be read or is empty.
    static func root(of source: SourceFile, example: String, _ findings: Findings) -> OptionNode? {
        do throws(OptionProblem) {
            if let root = try YAMLReader.read(source) { return root }
            findings.report(
                .start(of: source.path), "The file is empty.", "Begin with `profile: NAME` and `\(example)`.")
        } catch {
            findings.report(error)
        }
        return nil
    }

    /// What the comment lines at the top of the file say behind `verified:`.
    static func verified(in source: SourceFile) -> String? {
        for line in source.text.split(whereSeparator: \.isNewline) {
            let words = line.drop { $0 == " " }
            guard words.hasPrefix("#") else { return nil }
            let comment = words.drop { $0 == "#" || $0 == " " }
            guard comment.hasPrefix("verified:") else { continue }
            let text = comment.dropFirst("verified:".count).drop { $0 == " " }
            return text.isEmpty ? nil : String(text)
        }
        return nil
    }
}

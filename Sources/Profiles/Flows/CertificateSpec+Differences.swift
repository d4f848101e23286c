import Automation

extension CertificateSpec {
    /// What it is, one line for each thing that can differ: "renewal: 30 days before expiration".
    public var summary: [String] { properties.map { "\($0.title): \($0.value)" } }

    /// What changes where this takes the place of `old`, one line each: "renewal: automatic -> 30 days before
    /// expiration". Empty where nothing does; names and positions are not compared.
    public func differences(from old: CertificateSpec) -> [String] {
        changes(from: old).map { "\($0.title): \($0.before) -> \($0.after)" }
    }

    /// As `differences`, in their parts.
    public func changes(from old: CertificateSpec) -> [(title: String, before: String, after: String)] {
        let before = Dictionary(old.properties.map { ($0.title, $0.value) }) { first, _ in first }
        let after = Dictionary(properties.map { ($0.title, $0.value) }) { first, _ in first }
        var titles = properties.map(\.title)
        titles += old.properties.map(\.title).filter { after[$0] == nil }
        return titles.compactMap { title in
            let (was, becomes) = (before[title] ?? FlowWords.nothing, after[title] ?? FlowWords.nothing)
            return was == becomes ? nil : (title, was, becomes)
        }
    }

    /// Every property in words, what people wrote as it stands in a file: two specs that differ, differ in one of them.
    private var properties: [(title: String, value: String)] {
        let rules = flow.rules
        var properties = [
            ("subjects", FlowWords.list(subjects.map(\.description))),
            ("issuer", issuer),
            ("key", key.type.rawValue + (key.reuse ? ", kept by renewals" : "")),
        ]
        if let fallback { properties.append(("fallback issuer", FlowWords.fallback(fallback))) }
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) {
            properties.append(("label \(name)", YAMLText.scalar(value)))
        }
        if !owner.isEmpty { properties.append(("owner", YAMLText.scalar(owner))) }
        if !note.isEmpty { properties.append(("note", YAMLText.scalar(note))) }
        properties += [
            ("renewal", FlowWords.renewal(rules)), ("publication", FlowWords.publication(rules)),
            ("profiles", FlowWords.list(flow.profiles)),
            ("if no period is left", FlowWords.lastResort(rules.lastResort)), ("window", rules.window.words),
        ]
        if let window = rules.publicationWindow { properties.append(("publication window", window.words)) }
        properties.append(("moved earlier for a deadline", rules.earlier ? "yes" : "no"))
        return properties
    }
}

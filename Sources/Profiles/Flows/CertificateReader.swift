import Automation
import PluginKit

/// Reads one entry of `certificates`.
struct CertificateReader {
    static let keys = ["name", "subjects", "issuer", "fallback", "key", "labels", "owner", "note", "flow"]

    let defaults: FlowDefaults
    let profiles: ProfileSet?
    let findings: Findings

    /// Nil where something that it can't be without is missing; whatever is wrong is reported.
    func certificate(_ node: OptionNode) -> CertificateSpec? {
        guard let group = GroupReader(node, keys: Self.keys, misplaced: Self.misplaced, findings) else { return nil }
        if !group.has("name") { group.missing("name", "Add it, for example `name: www.example.com`.") }
        let name = group.name("name")
        let subjects = SubjectReader(findings: findings).subjects(group)
        let issuer = self.issuer(group)
        let fallback = self.fallback(group, besides: issuer)
        let key = group.group("key", keys: ["type", "reuse"]).map { key in
            KeyPolicy(type: key.choice("type", KeyType.self) ?? .ecdsaP256, reuse: key.flag("reuse") ?? false)
        }
        let labels = self.labels(group)
        let flow = FlowReader(defaults: defaults, profiles: profiles, findings: findings).flow(group)
        guard let name, let issuer, !subjects.isEmpty else { return nil }
        return CertificateSpec(
            name: name, subjects: subjects, issuer: issuer, fallback: fallback, key: key ?? KeyPolicy(),
            labels: labels, owner: optional("owner", group), note: optional("note", group, multiline: true),
            flow: flow, position: group.position(of: "name"))
    }

    private static let misplaced = Dictionary(
        uniqueKeysWithValues: FlowReader.keys.map { ($0, "It belongs under `flow`.") })

    private func issuer(_ group: GroupReader) -> String? {
        guard group.has("issuer") else {
            if let issuer = defaults.issuer { return issuer }
            group.missing(
                "issuer", "Add the name of an issuing profile, or set `defaults: {issuer: NAME}` in certflow.yaml.")
            return nil
        }
        return issuingProfile(group)
    }

    private func issuingProfile(_ group: GroupReader) -> String? {
        guard let name = group.name("issuer") else { return nil }
        if let (message, remedy) = profiles?.absence(of: name, .issuing) {
            findings.report(group.position(of: "issuer"), message, remedy)
        }
        return name
    }

    /// How long the first issuer may fail: at least so long that it is tried more than once.
    private static let fallbackAfter = Span.minutes(15)...Span.days(365)

    private func fallback(_ certificate: GroupReader, besides first: String?) -> Fallback? {
        guard let group = certificate.group("fallback", keys: ["issuer", "after"]) else { return nil }
        let after = group.span("after", in: Self.fallbackAfter) ?? Fallback.defaultAfter
        guard group.has("issuer") else {
            group.missing("issuer", "Name the issuing profile that takes over, for example `issuer: zerossl`.")
            return nil
        }
        guard let name = issuingProfile(group) else { return nil }
        guard name != first else {
            findings.report(
                group.position(of: "issuer"), "`\(name)` is the certificate's issuer already.",
                "Name another issuing profile here, or remove `fallback`.")
            return nil
        }
        return Fallback(issuer: name, after: after)
    }

    private func labels(_ group: GroupReader) -> [String: String] {
        guard let node = group.node("labels"), node.value != .scalar("") else { return [:] }
        guard case .group(let entries) = node.value else {
            findings.report(node.position, "`labels` must be a group of keys.", "Write it as `labels: {team: web}`.")
            return [:]
        }
        var labels: [String: String] = [:]
        for entry in entries {
            guard GroupReader.name(entry.key, at: entry.keyPosition, findings) != nil,
                let text = GroupReader.text(entry.node, of: entry.key, findings)
            else { continue }
            labels[entry.key] = text
        }
        return labels
    }

    /// Written out but empty is as good as not given.
    private func optional(_ key: String, _ group: GroupReader, multiline: Bool = false) -> String {
        if group.node(key)?.value == .scalar("") { return "" }
        return group.text(key, multiline: multiline) ?? ""
    }
}

import PluginKit
import Profiles

/// What differs between the pages of publishing and of issuing profiles.
struct ProfileShape: Sendable {
    let kind: ProfileSet.Kind
    /// "/profiles"
    let base: String
    let title: String
    /// The key that names the backend.
    let backendKey: String

    static let publishing = ProfileShape(
        kind: .publishing, base: "/profiles", title: "Publishing profiles", backendKey: "publisher")
    static let issuing = ProfileShape(kind: .issuing, base: "/issuing", title: "Issuing profiles", backendKey: "issuer")

    var isPublishing: Bool { kind == .publishing }

    func href(_ name: String) -> String { base + PagePath.to(name) }

    /// As people see it: "profiles/publishing/nginx-fleet.yaml"
    func file(_ name: String) -> String { "profiles/\(kind.rawValue)/\(name).yaml" }

    func crumbs(_ trail: (label: String, href: String)...) -> [[String: Any]] {
        var crumbs: [[String: Any]] = [
            ["label": "Publishing", "href": "", "hasHref": false, "isCurrent": false],
            ["label": title, "href": base, "hasHref": !trail.isEmpty, "isCurrent": trail.isEmpty],
        ]
        for (index, part) in trail.enumerated() {
            let isLast = index == trail.count - 1
            crumbs.append([
                "label": part.label, "href": part.href, "hasHref": !isLast && !part.href.isEmpty, "isCurrent": isLast,
            ])
        }
        return crumbs
    }

    func manifests(_ registry: Registry) -> [String: Manifest] {
        isPublishing ? registry.publishers.mapValues(\.manifest) : registry.issuers.mapValues(\.manifest)
    }

    func names(_ set: ProfileSet) -> [String] {
        let (valid, broken) =
            isPublishing
            ? (Array(set.publishing.keys), Array(set.brokenPublishing.keys))
            : (Array(set.issuing.keys), Array(set.brokenIssuing.keys))
        return Set(valid + broken).sorted()
    }

    func problems(_ set: ProfileSet, _ name: String) -> [OptionProblem] {
        (isPublishing ? set.brokenPublishing : set.brokenIssuing)[name] ?? []
    }

    func unknown(_ name: String, _ set: ProfileSet) -> Problem {
        Problem(
            404, "profile.unknown", "There is no \(kind.rawValue) profile \(name).",
            remedy: NearestKey.remedy(for: name, among: names(set)))
    }
}

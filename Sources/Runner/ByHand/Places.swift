import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// The places on a target that a publication will own, as far as they are known before there is a version.
struct Places {
    let profiles: ProfileSet
    let registry: Registry

    /// Empty where the profile names the version in its places: then they are known only when it is published.
    func places(of placement: PlacementRecord, _ certificate: CertificateRecord) -> [String] {
        guard let profile = profiles.publishing[placement.profile],
            let schema = registry.publishers[profile.publisher]?.manifest.options,
            let target = profile.targets.first(where: { $0.name == placement.target }),
            !target.options.variables.contains(where: { $0.hasPrefix("version.") })
        else { return [] }
        let variables = TemplateCatalog.variables(version: VersionFacts(unissued: certificate), target: target)
        guard let options = try? target.options.render(variables, secret: { _ in Secret([]) }) else { return [] }
        return options.places(schema).map { Self.name(profile.publisher, $0) }
    }

    /// As it is compared and stored: without a user and a password that somebody wrote into an address.
    static func name(_ publisher: String, _ place: String) -> String {
        "\(publisher) \(withoutUser(place))"
    }

    /// Without what stands before the `@` of an address: a password may. By hand: a regular expression here was made
    /// anew for each publication, and cost a third of it.
    private static func withoutUser(_ place: String) -> String {
        guard place.contains("@"), place.contains("://") else { return place }
        let parts = place.components(separatedBy: "://")
        return parts.enumerated().map { index, part in
            guard index > 0 else { return part }
            let end = part.firstIndex { "/?#".contains($0) || $0.isWhitespace } ?? part.endIndex
            guard let at = part[..<end].lastIndex(of: "@") else { return part }
            return String(part[part.index(after: at)...])
        }.joined(separator: "://")
    }
}

extension VersionFacts {
    /// Stands in for the first version of a certificate, which is not there yet.
    init(unissued certificate: CertificateRecord) {
        self.init(
            certificate: certificate.name, number: 0, subjects: certificate.subjects.map(\.description),
            fingerprint: Fingerprint(sha256: Data()), serial: "", notBefore: .distantPast, notAfter: .distantPast)
    }
}

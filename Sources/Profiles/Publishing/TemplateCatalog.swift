import Automation
import Foundation
import PluginKit

/// Every variable that a publishing profile's templates may name.
public enum TemplateCatalog {
    public struct Entry: Sendable, Equatable {
        /// As it stands between `{{` and `}}`.
        public var name: String
        /// One sentence for the reference page.
        public var summary: String
    }

    /// Those that every profile has.
    public static let entries: [Entry] = Fixed.allCases.map { Entry(name: $0.rawValue, summary: $0.summary) }

    /// Those that a profile for challenges has in place of what speaks of certificates and versions.
    public static let challengeEntries: [Entry] = [
        Entry(name: "challenge.token", summary: "In profiles for challenges: the file's name that the CA asks for."),
        Entry(name: "challenge.name", summary: "In profiles for challenges: the name that is proved."),
        Entry(name: Fixed.targetName.rawValue, summary: Fixed.targetName.summary),
    ]

    /// Those of a profile of this backend: besides the fixed ones `target.` with each single value among its options.
    public static func entries(for schema: OptionSchema, isForChallenges: Bool = false) -> [Entry] {
        (isForChallenges ? challengeEntries : entries)
            + schema.fields.filter { $0.shape.isSingleValue && $0.name != "name" }.map {
                Entry(name: "target.\($0.name)", summary: "The option `\($0.name)`: \($0.summary)")
            }
    }

    static func names(for schema: OptionSchema, isForChallenges: Bool) -> Set<String> {
        Set(entries(for: schema, isForChallenges: isForChallenges).map(\.name))
    }

    /// The values for one challenge and one target.
    public static func variables(
        challenge: Challenge, target: PublishingProfile.Target
    ) -> TemplateVariables {
        var variables = TemplateVariables()
        variables.set("challenge.token", to: challenge.token)
        variables.set("challenge.name", to: challenge.subject)
        variables.set(Fixed.targetName.rawValue, to: target.name)
        TargetVariables(target.options).fill(&variables)
        return variables
    }

    /// The values for one version and one target.
    ///
    /// A variable of an option that the target does not give has none; that was reported when its profile was read.
    public static func variables(version: VersionFacts, target: PublishingProfile.Target) -> TemplateVariables {
        var variables = TemplateVariables()
        for name in Fixed.allCases { variables.set(name.rawValue, to: name.value(version, target)) }
        TargetVariables(target.options).fill(&variables)
        return variables
    }

    /// A name that can stand in a file's name everywhere: `*.example.com` becomes `_wildcard.example.com`.
    public static func fileName(_ name: String) -> String {
        let safe = name.hasPrefix("*.") ? "_wildcard" + name.dropFirst() : name
        return String(safe.map { $0 == "*" || $0 == "/" || $0 == ":" ? "_" : $0 })
    }

    private enum Fixed: String, CaseIterable {
        case certificateName = "certificate.name"
        case certificateSubject = "certificate.subject"
        case certificateFileName = "certificate.fileName"
        case targetName = "target.name"
        case versionNumber = "version.number"
        case versionSerial = "version.serial"
        case versionFingerprint = "version.fingerprint"
        case versionNotBefore = "version.notBefore"
        case versionNotAfter = "version.notAfter"

        var summary: String {
            switch self {
            case .certificateName: "The certificate's name in certflow."
            case .certificateSubject: "Its first subject: a DNS name, which may begin with `*.`, or an IP address."
            case .certificateFileName:
                "Its name, safe in the name of a file: `*.` at the start becomes `_wildcard.`, other `*` become `_`."
            case .targetName: "The target's name in its profile; `default` where the profile lists no targets."
            case .versionNumber: "Counts the certificate's versions from 1."
            case .versionSerial: "The serial number in lower-case hexadecimal."
            case .versionFingerprint: "The SHA-256 fingerprint in lower-case hexadecimal, without colons."
            case .versionNotBefore: "When the version begins to be valid, in UTC: `2027-03-09T00:00:00Z`."
            case .versionNotAfter: "When the version expires, in UTC: `2027-06-07T00:00:00Z`."
            }
        }

        func value(_ version: VersionFacts, _ target: PublishingProfile.Target) -> String {
            switch self {
            case .certificateName: version.certificate
            case .certificateSubject: version.subjects.first ?? version.certificate
            case .certificateFileName: TemplateCatalog.fileName(version.certificate)
            case .targetName: target.name
            case .versionNumber: String(version.number)
            case .versionSerial: version.serial
            case .versionFingerprint: version.fingerprint.description
            case .versionNotBefore: Instant(version.notBefore).rfc3339
            case .versionNotAfter: Instant(version.notAfter).rfc3339
            }
        }
    }
}

extension OptionSchema.Shape {
    /// Whether a template can name an option of this shape: one value, and no secret.
    var isSingleValue: Bool {
        switch self {
        case .text, .integer, .flag, .duration, .host, .path, .fileName, .url, .mode, .choice: true
        case .secret, .content, .template, .json, .list, .group, .map: false
        }
    }
}

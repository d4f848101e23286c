import Automation
import Certificates
import PluginKit
import X509

/// The options of one issuing profile, checked.
struct AuthoritySettings: Sendable {
    var lifetime: Span
    /// Nil: by the kind of key.
    var keyUsages: Set<String>?
    var extendedKeyUsages: [ExtendedKeyUsage.Usage]
    /// Empty: every name.
    var permittedNames: [NameRule]
    var constrainsNames: Bool
    var crlURL: String?
    var issuersURL: String?
    var ocspURL: String?
    var organization: String?
    var rootName: String
    var intermediateName: String
    var rootLifetime: Span
    var intermediateLifetime: Span

    /// - Throws: `PluginFailure` (`configuration`, `local-authority.option`).
    init(_ options: Options) throws {
        lifetime = Self.span(options, "lifetime") ?? .days(90)
        let usages = options.texts("keyUsages")
        keyUsages = usages.isEmpty ? nil : Set(usages)
        let purposes = options.texts("extendedKeyUsages")
        extendedKeyUsages = (purposes.isEmpty ? ["serverAuth"] : purposes).compactMap(Self.purpose)
        permittedNames = try options.texts("permittedNames").map { text in
            guard let rule = NameRule(text) else { throw PluginFailure.badNameRule(text) }
            return rule
        }
        constrainsNames = options.flag("nameConstraints") ?? false
        guard !constrainsNames || !permittedNames.isEmpty else { throw PluginFailure.constraintsWithoutNames() }
        crlURL = try Self.address(options, "crlURL")
        issuersURL = try Self.address(options, "issuersURL")
        ocspURL = try Self.address(options, "ocspURL")
        organization = try Self.name(options, "organization")
        rootName = try Self.name(options, "rootName") ?? "certflow root"
        intermediateName = try Self.name(options, "intermediateName") ?? "certflow intermediate"
        guard rootName != intermediateName else { throw PluginFailure.sameNames(rootName) }
        rootLifetime = Self.span(options, "rootLifetime") ?? .days(20 * 365)
        intermediateLifetime = Self.span(options, "intermediateLifetime") ?? .days(5 * 365)
    }

    private static func span(_ options: Options, _ name: String) -> Span? {
        options.duration(name).map { Span(seconds: $0.components.seconds) }
    }

    private static func purpose(_ name: String) -> ExtendedKeyUsage.Usage? {
        switch name {
        case "serverAuth": .serverAuth
        case "clientAuth": .clientAuth
        case "codeSigning": .codeSigning
        case "emailProtection": .emailProtection
        default: nil
        }
    }

    /// `http` is right here: what is fetched is signed, and `https` would need what is being fetched (RFC 5280, 8).
    private static func address(_ options: Options, _ name: String) throws -> String? {
        guard let text = options.text(name) else { return nil }
        let isAddress = ["http://", "https://"].contains { text.hasPrefix($0) && text.utf8.count > $0.utf8.count }
        guard isAddress, text.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw PluginFailure.badAddress(text, option: name)
        }
        return text
    }

    /// X.520 limits common and organization names to 64 characters (RFC 5280, A.1).
    private static func name(_ options: Options, _ name: String) throws -> String? {
        guard let text = options.text(name) else { return nil }
        let isShown = text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        guard (1...64).contains(text.unicodeScalars.count), isShown else {
            throw PluginFailure.badName(text, option: name)
        }
        return text
    }
}

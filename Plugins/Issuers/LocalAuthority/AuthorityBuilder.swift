import Automation
import Certificates
import Foundation
import PluginKit
import SwiftASN1
import X509

/// Makes the authority's own certificates.
struct AuthorityBuilder {
    /// How long before now they begin: clients' clocks differ, and ours may be set back.
    private static let headStart = Span.hours(1)

    private let settings: AuthoritySettings
    private let context: PluginContext
    private let now: Instant

    init(_ settings: AuthoritySettings, _ context: PluginContext) {
        self.settings = settings
        self.context = context
        now = Instant(context.clock.now)
    }

    // MARK: Root and intermediate

    /// A root that may have one level of authorities below it.
    func root() throws -> SigningIdentity {
        let key = try newKey()
        let name = try distinguishedName(settings.rootName)
        return try identity(
            key, name: name, end: now + settings.rootLifetime,
            extensions: try extensions(key, longestPath: 1, names: []), issuer: (name, key))
    }

    /// An intermediate that ends no later than its root.
    /// - Throws: `PluginFailure` (`local-authority.expired`) where the root has ended.
    func intermediate(under root: SigningIdentity) throws -> SigningIdentity {
        guard root.certificate.notAfter > now else { throw PluginFailure.authorityExpired(root.certificate) }
        let key = try newKey()
        var all = try extensions(key, longestPath: 0, names: settings.constrainsNames ? settings.permittedNames : [])
        try all.append(.init(AuthorityKeyIdentifier(keyIdentifier: root.keyIdentifier), critical: false))
        return try identity(
            key, name: try distinguishedName(settings.intermediateName), end: end(under: root), extensions: all,
            issuer: (root.certificate.x509.subject, root.key))
    }

    // MARK: Renewal of the intermediate

    /// Whether a new intermediate should take over: certificates would be cut short by the end of this one, or its
    /// name constraints are not those of the settings any more. The limit of nine tenths is for lifetimes longer than
    /// an intermediate's: they must not make a new one each time.
    func wantsSuccessor(of current: SigningIdentity) -> Bool {
        let longestUse = (current.life - Self.headStart) * 9 / 10
        return current.rest(at: now) < min(settings.lifetime, longestUse) || !hasWantedConstraints(current)
    }

    /// Nil where the root can't give a later end, and nothing else is to be changed.
    func successor(of current: SigningIdentity, under root: SigningIdentity) throws -> SigningIdentity? {
        guard root.certificate.notAfter > now else { return nil }
        guard end(under: root) > current.certificate.notAfter || !hasWantedConstraints(current) else { return nil }
        return try intermediate(under: root)
    }

    /// When an intermediate that is made now ends.
    func end(under root: SigningIdentity) -> Instant {
        min(now + settings.intermediateLifetime, root.certificate.notAfter)
    }

    private func hasWantedConstraints(_ current: SigningIdentity) -> Bool {
        let wanted = settings.constrainsNames ? NameConstraints(permitting: settings.permittedNames) : nil
        return (try? current.certificate.x509.extensions.nameConstraints) == wanted
    }

    // MARK: Parts

    /// From the library's own source of randomness: `entropy` is for what a replayed test must see again.
    private func newKey() throws -> PrivateKey {
        do {
            return try PrivateKey.generate(.ecdsaP256)
        } catch {
            throw PluginFailure.signingFailed()
        }
    }

    private func distinguishedName(_ commonName: String) throws -> DistinguishedName {
        try DistinguishedName {
            if let organization = settings.organization { OrganizationName(organization) }
            CommonName(commonName)
        }
    }

    private func extensions(
        _ key: PrivateKey, longestPath: Int, names: [NameRule]
    ) throws -> X509.Certificate.Extensions {
        var all = try X509.Certificate.Extensions {
            Critical(BasicConstraints.isCertificateAuthority(maxPathLength: longestPath))
            Critical(KeyUsage(keyCertSign: true, cRLSign: true))
            SubjectKeyIdentifier(hash: key.publicKey.x509)
        }
        if !names.isEmpty { try all.append(.init(NameConstraints(permitting: names), critical: true)) }
        return all
    }

    private func identity(
        _ key: PrivateKey, name: DistinguishedName, end: Instant, extensions: X509.Certificate.Extensions,
        issuer: (name: DistinguishedName, key: PrivateKey)
    ) throws -> SigningIdentity {
        let certificate = try CertificateTemplate(
            serial: try Serial(context.entropy), notBefore: now - Self.headStart, notAfter: end, subject: name,
            publicKey: key.publicKey, extensions: extensions
        ).signed(by: issuer.key, named: issuer.name)
        return try SigningIdentity(certificate: SignedCertificate(der: certificate), key: key)
    }
}

extension SigningIdentity {
    /// What certificates below name as their authority's key (RFC 5280, 4.2.1.1).
    var keyIdentifier: ArraySlice<UInt8> {
        certificate.subjectKeyIdentifier.map { Array($0)[...] }
            ?? SubjectKeyIdentifier(hash: key.publicKey.x509).keyIdentifier
    }
}

extension NameConstraints {
    /// Only these names: a kind of name that no rule speaks of is excluded whole, for a constraint on domains alone
    /// would leave all addresses free (RFC 5280, 4.2.1.10). What is only below a domain is written as the domain: not
    /// every client knows a leading dot, and the exact rule is kept when we sign.
    init(permitting rules: [NameRule]) {
        let permitted = Set(
            rules.map { rule -> NameRule in
                if case .below(let domain) = rule { .domain(domain) } else { rule }
            })
        var excluded: [NameRule] = []
        if permitted.allSatisfy(\.isNetwork) { excluded.append(.anyDomain) }
        if !permitted.contains(where: \.isNetwork) {
            excluded.append(.network(base: [UInt8](repeating: 0, count: 4), prefix: 0))
            excluded.append(.network(base: [UInt8](repeating: 0, count: 16), prefix: 0))
        }
        let sorted = permitted.sorted { $0.description < $1.description }  // the order of a list means nothing
        self.init(permittedSubtrees: sorted.map(\.subtree), excludedSubtrees: excluded.map(\.subtree))
    }
}

import Automation
import X509

/// The name constraints of one authority (RFC 5280, 4.2.1.10), as far as they bear on certificates for servers: DNS
/// names, addresses and distinguished names. Constraints on other kinds of names touch nothing that we accept.
struct NameLimits {
    private let constraints: NameConstraints

    /// Nil where the certificate has none.
    /// - Throws: what the parser throws.
    init?(of authority: SignedCertificate) throws {
        guard let constraints = try authority.x509.extensions.nameConstraints else { return nil }
        self.constraints = constraints
    }

    /// The first name of `certificate` that the constraints forbid, in words; nil where all are allowed.
    func violation(by certificate: SignedCertificate) -> String? {
        if let name = certificate.subjects.first(where: { !allow($0) }) { return name.description }
        let name = certificate.x509.subject
        return name.isEmpty || allow(name) ? nil : certificate.subject
    }

    private func allow(_ subject: Subject) -> Bool {
        let excluded = constraints.excludedSubtrees.contains { subtree in
            guard let rule = NameRule(subtree) else { return Self.concerns(subtree, subject) }  // unclear: not allowed
            return rule.touches(subject)
        }
        guard !excluded else { return false }
        let permitted = constraints.permittedSubtrees.filter { Self.concerns($0, subject) }
        return permitted.isEmpty || permitted.contains { NameRule($0)?.contains(subject) == true }
    }

    private static func concerns(_ subtree: GeneralName, _ subject: Subject) -> Bool {
        switch (subtree, subject) {
        case (.dnsName, .dns), (.ipAddress, .ip): true
        default: false
        }
    }

    private func allow(_ name: DistinguishedName) -> Bool {
        func within(_ subtree: GeneralName) -> Bool? {
            guard case .directoryName(let base) = subtree else { return nil }
            return name.starts(with: base)
        }
        guard !constraints.excludedSubtrees.contains(where: { within($0) == true }) else { return false }
        let permitted = constraints.permittedSubtrees.compactMap(within)
        return permitted.isEmpty || permitted.contains(true)
    }
}

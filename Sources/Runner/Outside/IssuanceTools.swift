import Automation
import Foundation
import PluginKit

/// What an issued chain turned out to be, once every check passed.
public struct IssuedVersion: Sendable, Hashable {
    /// DER, leaf first, without the root.
    public var chain: [Data]
    public var fingerprint: Fingerprint
    /// Lower-case hexadecimal.
    public var serial: String
    public var issuerName: String
    public var subjects: [Subject]
    public var life: Life
    public var keyType: KeyType?

    public init(
        chain: [Data], fingerprint: Fingerprint, serial: String, issuerName: String, subjects: [Subject], life: Life,
        keyType: KeyType?
    ) {
        self.chain = chain
        self.fingerprint = fingerprint
        self.serial = serial
        self.issuerName = issuerName
        self.subjects = subjects
        self.life = life
        self.keyType = keyType
    }
}

/// What to render of one version.
public struct RenderingJob: Sendable {
    public var certificate: String
    /// DER, leaf first.
    public var chain: [Data]
    /// PKCS#8, DER; nil where it is not kept.
    public var key: Secret?
    public var requests: [ArtifactRequest]
    /// By the names that the requests give.
    public var passphrases: [String: Secret]
    /// Keys the digests of private forms.
    public var artifactKey: Secret

    public init(
        certificate: String, chain: [Data], key: Secret?, requests: [ArtifactRequest], passphrases: [String: Secret],
        artifactKey: Secret
    ) {
        self.certificate = certificate
        self.chain = chain
        self.key = key
        self.requests = requests
        self.passphrases = passphrases
        self.artifactKey = artifactKey
    }
}

/// The cryptography of the flow, as values: simulations replace it. All throw `PluginFailure`.
public struct IssuanceTools: Sendable {
    /// A new private key, PKCS#8 DER. Made away from the cooperative pool.
    public var makeKey: @Sendable (KeyType) async throws -> Secret
    /// PKCS#10, DER, for these names and that key. Signed away from the cooperative pool: RSA takes its time.
    public var signingRequest: @Sendable (_ subjects: [Subject], _ key: Secret) async throws -> Data
    /// Checks what an issuer returned: our key, exactly our names, dates, chain.
    /// - Parameter chains: DER, leaf first; several where the issuer offers alternates. The first good one is taken.
    public var verify:
        @Sendable (_ chains: [[Data]], _ key: Secret, _ subjects: [Subject], _ now: Instant) throws -> IssuedVersion
    /// Renders artifacts, in the order of the job's requests. Made away from the cooperative pool.
    public var render: @Sendable (RenderingJob) async throws -> [Artifact]
    /// What a certificate that was found somewhere is: its fingerprint, its life and its names; nil where it can't be
    /// read. DER, leaf first.
    public var describe: @Sendable (_ chain: [Data]) -> FoundCertificate?

    public init(
        makeKey: @escaping @Sendable (KeyType) async throws -> Secret,
        signingRequest: @escaping @Sendable (_ subjects: [Subject], _ key: Secret) async throws -> Data,
        verify:
            @escaping @Sendable (_ chains: [[Data]], _ key: Secret, _ subjects: [Subject], _ now: Instant) throws
            -> IssuedVersion,
        render: @escaping @Sendable (RenderingJob) async throws -> [Artifact],
        describe: @escaping @Sendable (_ chain: [Data]) -> FoundCertificate?
    ) {
        self.makeKey = makeKey
        self.signingRequest = signingRequest
        self.verify = verify
        self.render = render
        self.describe = describe
    }
}

/// A certificate that was met at a target.
public struct FoundCertificate: Sendable, Hashable {
    public var fingerprint: Fingerprint
    public var life: Life
    public var subjects: [Subject]
    /// "CN=www.example.com, issued by R3" and the like, for people.
    public var label: String
    /// The keyIdentifier of its authority key identifier (RFC 5280, 4.2.1.1).
    public var authorityKeyIdentifier: Data?

    public init(
        fingerprint: Fingerprint, life: Life, subjects: [Subject], label: String, authorityKeyIdentifier: Data? = nil
    ) {
        self.fingerprint = fingerprint
        self.life = life
        self.subjects = subjects
        self.label = label
        self.authorityKeyIdentifier = authorityKeyIdentifier
    }
}

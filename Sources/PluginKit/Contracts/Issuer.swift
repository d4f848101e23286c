import Foundation

/// What an issuer is asked for. It gets a signing request, never a key.
public struct IssuanceRequest: Codable, Sendable {
    public struct Predecessor: Codable, Sendable {
        public var facts: VersionFacts
        /// The keyIdentifier of the authority key identifier extension (RFC 5280, 4.2.1.1).
        public var authorityKeyIdentifier: Data?

        public init(facts: VersionFacts, authorityKeyIdentifier: Data? = nil) {
            self.facts = facts
            self.authorityKeyIdentifier = authorityKeyIdentifier
        }
    }

    /// Certificate, predecessor and generation: the same intent always has the same id.
    public var id: String
    public var subjects: [String]
    /// PKCS#10, DER (RFC 2986).
    public var signingRequest: Data
    public var replaces: Predecessor?

    public init(id: String, subjects: [String], signingRequest: Data, replaces: Predecessor? = nil) {
        self.id = id
        self.subjects = subjects
        self.signingRequest = signingRequest
        self.replaces = replaces
    }
}

public enum Issuance: Codable, Sendable {
    /// Call `resume` with the handle, no sooner than `notBefore`.
    case pending(Handle, phase: Step, notBefore: Date)
    /// DER, leaf first; several chains where the issuer offers alternates. The host checks them before it stores one.
    case issued(chains: [[Data]], Handle)
}

/// When an issuer advises to replace a certificate (RFC 9773).
public struct Advice: Codable, Sendable, Equatable {
    public var window: Range<Date>
    public var explanation: String?
    public var askAgain: Date

    public init(window: Range<Date>, explanation: String? = nil, askAgain: Date) {
        self.window = window
        self.explanation = explanation
        self.askAgain = askAgain
    }
}

/// A backend that issues certificates. Verbs throw `PluginFailure`.
public protocol Issuer: Sendable {
    func check() async throws -> CheckReport
    /// The earliest end of what signs new certificates: none it issues can outlive this. Nil where it isn't known.
    func expires() async throws -> Date?
    /// How long what it issues now lives, where nothing cuts it off; nil where it isn't known.
    func lifetime() async throws -> Duration?
    func begin(_ request: IssuanceRequest, _ journal: any Journal) async throws -> Issuance
    func resume(_ request: IssuanceRequest, from handle: Handle, _ journal: any Journal) async throws -> Issuance
    /// What was issued for this very request, where the outcome is unknown (capability `lookup`).
    func lookup(_ request: IssuanceRequest) async throws -> Issuance?
    func cancel(_ request: IssuanceRequest, from handle: Handle) async throws
    func advice(for version: IssuanceRequest.Predecessor) async throws -> Advice?
    /// One that is revoked already is as good as done: so it may be asked again when nobody knows the outcome.
    /// - Parameters:
    ///   - certificate: the leaf, DER.
    ///   - reason: a CRLReason code (RFC 5280, 5.3.1).
    func revoke(_ certificate: Data, reason: Int) async throws
}

extension Issuer {
    public func expires() async throws -> Date? { nil }
    public func lifetime() async throws -> Duration? { nil }
    public func lookup(_ request: IssuanceRequest) async throws -> Issuance? { nil }
    public func cancel(_ request: IssuanceRequest, from handle: Handle) async throws {}
    public func advice(for version: IssuanceRequest.Predecessor) async throws -> Advice? { nil }
    public func revoke(_ certificate: Data, reason: Int) async throws {
        throw PluginFailure(
            .configuration, code: "plugin.no-revocation", message: "This issuer cannot revoke certificates.",
            remedy: "Revoke it with the issuer's own tools, then renew with `--force`.")
    }
}

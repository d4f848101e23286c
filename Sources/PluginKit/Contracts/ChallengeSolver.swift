/// A proof of control that a certificate authority asks for (RFC 8555, section 8).
public struct Challenge: Codable, Sendable, Equatable {
    public enum Form: String, Codable, Sendable { case http01, dns01, tlsALPN01, dnsPersist01 }
    public var form: Form
    public var subject: String
    public var token: String
    public var keyAuthorization: String

    public init(form: Form, subject: String, token: String, keyAuthorization: String) {
        self.form = form
        self.subject = subject
        self.token = token
        self.keyAuthorization = keyAuthorization
    }
}

/// A backend that answers challenges.
public protocol ChallengeSolver: Sendable {
    func present(_ challenge: Challenge, _ journal: any Journal) async throws -> Handle
    func propagated(_ challenge: Challenge, _ handle: Handle) async throws -> Bool
    func cleanUp(_ challenge: Challenge, _ handle: Handle) async throws
}

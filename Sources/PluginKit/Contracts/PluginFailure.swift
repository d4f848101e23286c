import Foundation

/// What a retry decision needs to know about a failure: a fixed vocabulary for every backend, in process or out.
public enum FailureClass: String, Codable, Sendable, CaseIterable {
    /// Likely to pass by itself: a connection refused, a busy server.
    case transient
    /// The other side asked for patience; `retryAfter` says how much.
    case rateLimited
    /// Credentials were refused. Needs a person, so it alerts at once.
    case auth
    /// The profile or the machine is set up wrongly. Needs a person, so it alerts at once.
    case configuration
    /// Something else holds the place or changed it meanwhile.
    case conflict
    /// A rule forbids it: a name the issuer may not certify, a path that is not ours.
    case policy
    /// The effect may or may not have happened: it is inspected, never blindly repeated.
    case unknownOutcome
    /// A defect of the plug-in or of certflow.
    case bug
}

/// What every verb of a plug-in throws.
///
/// Anything else that escapes a plug-in is recorded as `bug`, or as `unknownOutcome` after its first journal entry.
/// No key, secret or credential may stand in any field: these texts are stored and shown.
public struct PluginFailure: Error, Codable, Sendable, Equatable {
    public var kind: FailureClass
    /// Stable and dotted, such as `filesystem.foreign-link`: tests, clients and runbooks match on it.
    public var code: String
    /// What failed, naming the host, path or name.
    public var message: String
    /// What the operator does next.
    public var remedy: String
    /// The soonest a retry could help; nil where nothing is known.
    public var retryAfter: Date?

    public init(_ kind: FailureClass, code: String, message: String, remedy: String, retryAfter: Date? = nil) {
        self.kind = kind
        self.code = code
        self.message = message
        self.remedy = remedy
        self.retryAfter = retryAfter
    }
}

extension PluginFailure: CustomStringConvertible {
    public var description: String { "\(message) \(remedy)" }
}

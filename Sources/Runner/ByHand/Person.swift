/// Who does something by hand, and why: stands in the audit trail.
public struct Person: Sendable, Hashable {
    /// The account: "root", "alice (uid 1000)".
    public var name: String
    public var reason: String

    public init(name: String, reason: String = "") {
        self.name = name
        self.reason = reason
    }
}

/// Why something that a person asked for is not done.
public struct DeskRefusal: Error, Sendable, Equatable {
    /// Stable and dotted.
    public var code: String
    public var message: String
    public var remedy: String

    public init(_ code: String, _ message: String, remedy: String) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    public static func unknownCertificate(_ name: String) -> Self {
        Self("certificate.unknown", "There is no certificate \"\(name)\".", remedy: "See `certflow status`.")
    }

    static func changedMeanwhile(_ reason: String) -> Self {
        Self("ledger.conflict", "Somebody else changed it meanwhile: \(reason).", remedy: "Look at it, and try again.")
    }
}

extension DeskRefusal: CustomStringConvertible {
    public var description: String { "\(message) \(remedy)" }
}

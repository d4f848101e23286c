import PluginKit

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

    /// Somebody else changed the same thing meanwhile.
    public static let conflict = "ledger.conflict"

    public static func unknownCertificate(
        _ name: String, bearer: String? = nil, near: String? = nil, isEmpty: Bool = false
    ) -> Self {
        let remedy =
            bearer.map { "It is a subject of the certificate \"\($0)\": use that name." }
            ?? near.map { "Did you mean \"\($0)\"?" }
            ?? (isEmpty
                ? "There are none yet: write flows.yaml and run `certflow apply flows.yaml`."
                : "`certflow status` lists those that there are.")
        return Self("certificate.unknown", "There is no certificate \"\(name)\".", remedy: remedy)
    }

    public static func unknownTarget(_ name: String, among known: [String]) -> Self {
        let remedy = NearestKey.of(name, among: known).map { "Did you mean \"\($0)\"?" }
        return Self(
            "target.unknown", "No target \"\(name)\" holds anything of certflow.",
            remedy: remedy ?? "`certflow target list` lists those that there are.")
    }

    static func changedMeanwhile(_ reason: String) -> Self {
        Self(conflict, "Somebody else changed it meanwhile: \(reason).", remedy: "Look at it, and try again.")
    }
}

extension DeskRefusal: CustomStringConvertible {
    public var description: String { "\(message) \(remedy)" }
}

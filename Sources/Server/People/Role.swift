/// What a person may do, as a whole.
public enum Role: String, Sendable, Hashable, Codable, CaseIterable {
    case viewer, `operator`, administrator, auditor

    /// The one table that router, pages and tests go by.
    public var rights: Set<Right> {
        switch self {
        case .viewer: [.read]
        case .operator: [.read, .operate]
        case .administrator: [.read, .operate, .administer, .audit]
        case .auditor: [.read, .audit]
        }
    }

    /// "an operator"
    var withArticle: String { self == .viewer ? "a viewer" : "an \(rawValue)" }

    public var words: String {
        switch self {
        case .viewer: "reads everything but the audit trail"
        case .operator: "also renews, publishes and sets flows"
        case .administrator: "also changes profiles, secrets and people"
        case .auditor: "reads everything, the audit trail included; changes nothing"
        }
    }
}

/// One thing that a role allows.
public enum Right: String, Sendable, Hashable, Codable, CaseIterable {
    case read
    /// Renewals, publications, flows.
    case operate
    /// Profiles, secrets, people.
    case administer
    /// The audit trail.
    case audit
}

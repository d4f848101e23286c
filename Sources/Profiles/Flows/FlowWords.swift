import Automation

/// The parts of a flow in the words of its controls (DESIGN.md, section 2).
enum FlowWords {
    static func renewal(_ rules: FlowRules) -> String {
        guard rules.renewalEnabled else { return "off" }
        switch rules.renewIn {
        case .automatic: return "automatic"
        case .beforeExpiration(let days): return "\(Wording.count(days, "day")) before expiration"
        case .onExpiration: return "on expiration"
        case .afterExpiration(let days): return "\(Wording.count(days, "day")) after expiration"
        }
    }

    static func publication(_ rules: FlowRules) -> String {
        guard rules.publicationEnabled else { return "off" }
        switch rules.publishOn {
        case .afterRenew: return "after renew"
        case .onPreviousExpiry: return "on previous certificate expires"
        case .afterPreviousExpiry: return "after previous certificate expires"
        }
    }

    static func lastResort(_ answer: LastResort) -> String {
        switch answer {
        case .ask: "ask me"
        case .publish: "publish anyway"
        case .wait: "wait"
        }
    }

    static func fallback(_ fallback: Fallback) -> String {
        "\(fallback.issuer) after \(YAMLText.span(fallback.after)) of failures"
    }

    /// In place of what is not there; no name and no written value looks like it.
    static let nothing = "(none)"

    static func list(_ items: [String]) -> String { items.isEmpty ? nothing : items.joined(separator: ", ") }
}

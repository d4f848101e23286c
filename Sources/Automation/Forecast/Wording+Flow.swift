extension Wording {
    /// The renewal rule: "30 days before expiration", "off".
    public static func renewal(_ rules: FlowRules) -> String {
        guard rules.renewalEnabled else { return "off" }
        return switch rules.renewIn {
        case .automatic: "automatic (when the CA advises, else at two thirds of the life)"
        case .beforeExpiration(let days): "\(count(days, "day")) before expiration"
        case .onExpiration: "on expiration"
        case .afterExpiration(let days): "\(count(days, "day")) after expiration"
        }
    }

    /// The publication rule: "after renew", "off".
    public static func publication(_ rules: FlowRules) -> String {
        guard rules.publicationEnabled else { return "off" }
        return switch rules.publishOn {
        case .afterRenew: "after renew"
        case .onPreviousExpiry: "on previous certificate expires"
        case .afterPreviousExpiry: "after previous certificate expires"
        }
    }

    /// What a publication does where no chosen period is left before expiry.
    public static func lastResort(_ answer: LastResort) -> String {
        switch answer {
        case .ask: "ask, and wait meanwhile"
        case .publish: "publish anyway, outside the window"
        case .wait: "wait for the next one"
        }
    }

    /// Both windows, joined blocks named: "Tue 00:00-08:00 (Europe/Berlin)", or each with its stage where they differ.
    public static func window(_ rules: FlowRules) -> String {
        guard let other = rules.publicationWindow, other != rules.window else { return rules.window.words }
        return "renewal \(rules.window.words); publication \(other.words)"
    }
}

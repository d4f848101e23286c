import Runner

/// Follows what takes the place of a revoked version, or says why nothing does.
struct RevokedFollowing {
    let opened: OpenedHome
    let name: String
    let timeout: SpanArgument
    let reason: String

    /// - Throws: `CommandEnding` where the replacement did not come.
    func tell(_ replacement: Desk.Replacement) async throws {
        switch replacement {
        case .renewal(let asked):
            var hand = HandOptions()
            hand.reason = reason
            hand.timeout = timeout
            try await HandWork(opened: opened, options: hand).carryOut { _ in [asked] }
            try await NextPublications(opened).tell([name])
        case .scheduled:
            Console.line(WakeSocket.wake(opened.home) ? "The runner replaces it now." : "`certflow run` replaces it.")
        case .notCurrent:
            Console.line(Self.notCurrent(name))
            try await NextPublications(opened).tell([name])
        case .retired: Console.line(Self.retired(name))
        case .notRenewed:
            let issuer = try await opened.ledger.certificate(named: name)?.issuer ?? ""
            Console.line(Self.notRenewed(name, issuer: issuer))
        }
    }

    static func notCurrent(_ name: String) -> String {
        "It is not the current version of \(name): nothing new is issued."
    }

    static func retired(_ name: String) -> String { "It is not replaced: \(name) is out of service." }

    static func notRenewed(_ name: String, issuer: String) -> String {
        "It is not replaced: it was imported, and auto-renewal of \(name) is off. `certflow renew \(name)` has "
            + "a new one with a new key issued by \(issuer), the issuer in its flow; `certflow import` takes one "
            + "that somebody else issues."
    }
}

import Automation
import Runner
import Storage

/// Whether the work gets done: a runner, nothing stuck, somebody who is told.
struct WorkCheckup {
    /// A runner looks at what is due within a minute; what lies longer is stuck.
    private static let patience = Span.minutes(15)
    private static let named = 5

    private let opened: OpenedHome
    private let now: Instant

    init(_ opened: OpenedHome, now: Instant) {
        self.opened = opened
        self.now = now
    }

    /// What a walk over all certificates came to.
    struct Standing {
        /// "www.example.com (renewal)"
        var needAttention: [String] = []
        var failing: [String] = []
        var expired: [String] = []
        var certificates = 0
    }

    func findings(_ standing: Standing) async -> [Finding] {
        do {
            return [try await runner(standing)] + (try await stuck()) + stages(standing) + [await alerts()]
        } catch {
            return [.problem("work", error)]
        }
    }

    private func runner(_ standing: Standing) async throws -> Finding {
        let isAlive = HomeLock.isHeld(opened.home)
        let overdue = try await opened.ledger.due(before: now - Self.patience, count: 1000).count
        let count = overdue < 1000 ? "\(overdue)" : "1000 and more"
        if isAlive {
            let holder = HomeLock.holder(opened.home).map { ", \($0.words)" } ?? ""
            guard overdue == 0 else {
                return .warning(
                    "runner",
                    "The runner is alive\(holder), but \(count) pieces of work have been due for more than "
                        + "\(Wording.words(Self.patience)).",
                    remedy: "See its log; if it hangs, restart it: nothing is lost.")
            }
            return .ok("runner", "The runner is alive\(holder), and nothing is overdue.")
        }
        let remedy = "Start it: `certflow run --watch`, as a service."
        if overdue > 0 {
            return .problem("runner", "No runner is alive, and \(count) pieces of work are overdue.", remedy: remedy)
        }
        guard standing.certificates > 0 else { return .ok("runner", "No runner is alive; there is nothing to do yet.") }
        return .warning("runner", "No runner is alive: nothing is renewed or published by itself.", remedy: remedy)
    }

    /// Work that ends its process, and leases of runners that are gone.
    private func stuck() async throws -> [Finding] {
        var findings: [Finding] = []
        let dead = try await opened.ledger.leases().filter { $0.until < now - Self.patience }
        if !dead.isEmpty {
            findings.append(
                .warning(
                    "work",
                    "\(Wording.count(dead.count, "piece")) of work \(dead.count == 1 ? "is" : "are") held by a "
                        + "runner that is gone.", remedy: "The next start of the runner frees it."))
        }
        let crashing = try await opened.ledger.due(before: .distantFuture, count: 10_000).filter { $0.starts >= 2 }
        for due in crashing.prefix(Self.named) {
            let certificate: CertificateRecord? =
                switch due.work.kind {
                case .renewal: try await opened.ledger.certificate(due.work.id)
                case .publication:
                    if let placement = try await opened.ledger.placement(due.work.id) {
                        try await opened.ledger.certificate(placement.certificate)
                    } else {
                        nil
                    }
                case .notice, .upkeep: nil
                }
            findings.append(
                .warning(
                    "work",
                    "Work on \(certificate?.name ?? "the home") was started \(due.starts) times and never ended.",
                    remedy: "Look for a crash in the log of the machine."))
        }
        return findings
    }

    private func stages(_ standing: Standing) -> [Finding] {
        var findings: [Finding] = []
        if let names = Self.names(standing.expired) {
            findings.append(
                .problem(
                    "work", "Expired without a newer version: \(names).",
                    remedy: "See `certflow explain NAME`; renew now with `certflow renew NAME`."))
        }
        if let names = Self.names(standing.needAttention) {
            findings.append(
                .problem(
                    "work", "Nothing more is tried until somebody acts: \(names).",
                    remedy: "See `certflow show NAME` for the cause and what to do."))
        }
        if let names = Self.names(standing.failing) {
            findings.append(
                .warning(
                    "work", "Failing, and tried again by itself: \(names).",
                    remedy: "See `certflow show NAME` for the cause and what to do."))
        }
        return findings.isEmpty ? [.ok("work", "Nothing fails, and nothing is stuck.")] : findings
    }

    private static func names(_ all: [String]) -> String? {
        guard !all.isEmpty else { return nil }
        let rest = all.count - named
        return all.prefix(named).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }

    private func alerts() async -> Finding {
        guard let alerts = opened.settings.alerts else {
            return .warning(
                "alerts", "Nobody is told when something fails.",
                remedy: "Set `alerts: {command: [PROGRAM, ARGUMENT]}` or `alerts: {webhook: {url: https://…}}` in "
                    + "\(opened.home.settings).")
        }
        do {
            try await AlertSender.requireSecrets(opened)
        } catch {
            return .problem("alerts", error)
        }
        let program = alerts.command.isEmpty ? nil : "`\(alerts.command.joined(separator: " "))`"
        let ways = [program, alerts.webhook.map { $0.url }].compactMap { $0 }
        return .ok("alerts", "Alerts go to \(ways.joined(separator: " and ")).")
    }
}

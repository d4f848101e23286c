import Automation
import Foundation
import Runner
import Storage

/// Targets, and what is done there and elsewhere.
enum TargetAPI {
    static let routes: [Route] = [
        .api(
            .get, "/targets", .right(.read),
            APIShape(
                "targets", "What is published where; the worst states first.",
                query: [
                    APIField("q", .text, "Words in names."), APIField("profile", .text, ""),
                    APIField("state", .choice(TargetRow.State.allCases.map(\.rawValue)), ""),
                ], answers: "Target", isPage: true)
        ) { exchange in
            var query = TargetQuery()
            query.text = String((exchange.query["q"] ?? "").prefix(200))
            query.profile = exchange.query["profile"]
            query.state = exchange.query["state"].flatMap { TargetRow.State(rawValue: $0) }
            query.after = try exchange.cursor(TargetQuery.order)
            query.size = try exchange.pageSize()
            let now = exchange.house.now()
            try await exchange.house.register.freshen(at: now)
            let result = exchange.house.register.targets(query, scope: exchange.scope, at: now)
            return try .json(PageForm(result.rows.map(TargetRowForm.init), next: result.next?.text))
        },
        .api(
            .get, "/runs", .right(.read),
            APIShape("runs", "What is being done at this moment.", answers: "RunNow", isPage: true)
        ) { exchange in
            let person = try exchange.principal
            let ledger = exchange.house.ledger
            var runs: [RunForm] = []
            for claim in try await ledger.leases() {
                guard let (record, target) = try await subject(claim.work, ledger), person.sees(record.labels) else {
                    continue
                }
                runs.append(
                    RunForm(
                        certificate: record.name, stage: target == nil ? "renewal" : "publication", target: target,
                        dueAt: claim.dueAt.rfc3339, byHand: claim.isManual))
            }
            runs.sort { ($0.certificate, $0.target ?? "") < ($1.certificate, $1.target ?? "") }
            return try .json(exchange.page(of: runs))
        },
        .api(
            .get, "/runs/history", .right(.read),
            APIShape("runs", "What was tried, newest first, up to 10,000 attempts.", answers: "Attempt", isPage: true),
            history),
    ]

    private static let mostAttempts = 10_000

    private static func subject(
        _ work: WorkKey, _ ledger: any LedgerReading
    ) async throws -> (record: CertificateRecord, target: String?)? {
        switch work.kind {
        case .renewal: return try await ledger.certificate(work.id).map { ($0, nil) }
        case .publication:
            guard let placement = try await ledger.placement(work.id),
                let record = try await ledger.certificate(placement.certificate)
            else { return nil }
            return (record, placement.name)
        case .notice, .upkeep: return nil
        }
    }

    private static func history(_ exchange: Exchange) async throws -> Reply {
        let (person, ledger) = (try exchange.principal, exchange.house.ledger)
        let reach = try exchange.reach()
        var known: [Int64: CertificateRecord?] = [:]
        var (forms, read) = ([AttemptForm](), 0)
        while forms.count < reach, read < mostAttempts {
            let wanted = min(mostAttempts, max(reach, read * 2))
            let attempts = try await ledger.attempts(of: nil, work: nil, limit: wanted)
            for attempt in attempts.dropFirst(read) {
                if known[attempt.certificate] == nil {
                    known[attempt.certificate] = .some(try await ledger.certificate(attempt.certificate))
                }
                let record = known[attempt.certificate] ?? nil
                // Of what was removed, nobody knows the labels any more.
                guard record.map({ person.sees($0.labels) }) ?? person.scope.isEmpty else { continue }
                forms.append(AttemptForm(certificate: record?.name, attempt: .init(person.told(attempt))))
            }
            read = wanted
            if attempts.count < wanted { break }
        }
        return try .json(exchange.page(of: forms))
    }
}

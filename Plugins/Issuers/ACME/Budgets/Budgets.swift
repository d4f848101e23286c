import Automation
import Foundation
import PluginKit

/// Keeps one profile below its CA's limits, of its own accord: a CA that has to refuse may block an account for a week.
///
/// An order is counted in memory and written with its outcome: one write of the state for each order. A crash loses the
/// count of the orders under way, and the room below the limits is for that.
struct Budgets: Sendable {
    let isKept: Bool
    let state: any PluginState
    let clock: any WallClock
    let shared: Shared
    let entry: String
    /// The account: profiles of one name in two homes of one process keep apart.
    let key: String

    init(_ settings: ACMESettings, _ context: PluginContext, _ shared: Shared, account: HeldAccount) {
        isKept = settings.keepsBudgets
        state = context.state
        clock = context.clock
        self.shared = shared
        entry = StateEntry.name("budget", settings.directory)
        key = "\(entry) \(account.record.url ?? "") \(account.thumbprint)"
    }

    /// Counts an order that is about to be made.
    /// - Throws: `PluginFailure` (`acme.budget`) where it would come near a limit.
    func admit(_ subjects: Set<Subject>, isReplacement: Bool) async throws {
        guard isKept else { return }
        try await shared.turns.take(key) {
            var held = try await load()
            let now = seconds
            held.record.forget(now)
            if let obstacle = held.record.obstacle(subjects, isReplacement: isReplacement, now: now) {
                throw PluginFailure.overBudget(obstacle.what, until: obstacle.until)
            }
            if !isReplacement { held.record.orders[now / BudgetLimits.orderPeriod, default: 0] += 1 }
            shared.budgets[key] = held
        }
    }

    func issued(_ subjects: Set<Subject>, isReplacement: Bool) async {
        guard !isReplacement else { return }
        await write { record, now in
            record.sets[BudgetRecord.digest(subjects), default: []].append(now)
            for domain in Set(subjects.map(BudgetRecord.domain)) {
                record.domains[domain, default: [:]][now / 3600, default: 0] += 1
            }
        }
    }

    func failed(_ subjects: [Subject]) async {
        await write { record, now in
            for subject in subjects { record.failures[BudgetRecord.digest([subject]), default: []].append(now) }
        }
    }

    // MARK: State

    private var seconds: Int64 { Int64(clock.now.timeIntervalSince1970) }

    /// A count that can't be stored costs no certificate: it stays in memory, and the next write carries it.
    private func write(_ change: @escaping @Sendable (inout BudgetRecord, Int64) -> Void) async {
        guard isKept else { return }
        try? await shared.turns.take(key) {
            var held = try await load()
            change(&held.record, seconds)
            held.record.forget(seconds)
            shared.budgets[key] = held
            let encoded = Secret(try JSONEncoder().encode(held.record))
            guard try await state.store(encoded, entry, replacing: held.digest) else {
                return shared.budgets[key] = nil  // another process counted: read anew next time
            }
            held.digest = StateEntry.digest(encoded)
            shared.budgets[key] = held
        }
    }

    private func load() async throws -> BudgetCache.Held {
        if let held = shared.budgets[key] { return held }
        guard let entry = try await state.value(entry) else { return BudgetCache.Held(record: BudgetRecord()) }
        // A damaged count is begun anew: it guards limits, not certificates.
        let record = entry.withBytes { try? JSONDecoder().decode(BudgetRecord.self, from: Data($0)) }
        return BudgetCache.Held(record: record ?? BudgetRecord(), digest: StateEntry.digest(entry))
    }
}

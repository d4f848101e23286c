import ArgumentParser
import Automation
import Foundation
import Storage
import StorageSQLite
import Synchronization

/// How many pieces of work are claimed and completed, each with its event, while there are many flows.
struct ClaimsBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "claims", abstract: "Claim and complete: in batches, by many drivers, singly.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "Flows in the ledger.") var flows = 1_000_000
    @Option(help: "How often each figure is taken; the median counts.") var rounds = 5
    @Option(help: "Flows per round.") var count = 20_000
    @Option(help: "Only this one: batches, drivers or single.") var only: String?

    func run() async throws {
        try await scratch.withDirectory { directory in
            let database = FlowDatabase(in: directory, flows: flows)
            let filling = try await measure { try await database.make() }
            Report.heading("Claim and complete, \(Report.grouped(Double(flows))) flows")
            Report.line("made the database", Report.seconds(filling.cost.wall))
            let ledger = try database.open(chain: "benchmark")
            let worker = Worker(ledger: ledger)
            _ = try await worker.singly(10)
            var bare: [Duration] = []
            func take(
                _ name: String, _ count: Int, asked: String, _ body: (Int) async throws -> Int,
                isMet: (_ rate: Double, _ share: Double) -> Bool
            ) async throws {
                guard only.map({ $0 == name }) ?? true else { return }
                var rounds: [Round] = []
                for _ in 0..<self.rounds {
                    bare.append(try RawDatabase.bareCommits(200, in: directory))
                    let written = try BareLog.bytesWritten()
                    let (done, cost) = try await measure { try await body(count) }
                    let bytes = (try BareLog.bytesWritten() - written) / done
                    rounds.append(
                        Round(
                            cost: cost / done,
                            sameBytes: try BareLog.append(bytes * 256, times: 10, in: directory) / 256))
                }
                guard let wall = rounds.map(\.cost.wall).median, let processor = rounds.map(\.cost.processor).median,
                    let sameBytes = rounds.map(\.sameBytes).median
                else { return }
                let share = (bare.median ?? .zero) * 2 / wall
                let ofDisk =
                    name == "single"
                    ? "\(Report.percent(share)) of half the bare rate"
                    : "the same bytes alone, a sync for 256: \(Report.grouped(1 / sameBytes.seconds))/s"
                Report.line(
                    name, "\(Report.grouped(1 / wall.seconds))/s", asked: asked, isMet: isMet(1 / wall.seconds, share),
                    note: "CPU \(Report.microseconds(processor)) each; \(ofDisk)")
            }
            try await take("batches", count, asked: "15,000/s", worker.inBatches) { rate, _ in rate >= 15_000 }
            try await take("drivers", count, asked: "10,000/s", worker.byDrivers) { rate, _ in rate >= 10_000 }
            try await take("single", 500, asked: "80 % of half bare", worker.singly) { _, share in share >= 0.8 }
            if let bare = bare.median {
                Report.line("bare commits of one row", "\(Report.grouped(1 / bare.seconds))/s")
            }
            let verified = try await ledger.verifyAudit(key: FlowDatabase.audit)
            Report.line("events, wrong ones among them", "\(verified.count), \(verified.findings.count)")
            await ledger.close()
        }
    }
}

/// What one round took, for each piece of work.
private struct Round {
    var cost: Cost
    /// What the disk takes for the same bytes, with a sync for 256 pieces of work.
    var sameBytes: Duration
}

/// Claims and completes as the runner does.
private struct Worker {
    let ledger: SQLiteLedger

    private func claim(_ limit: Int) async throws -> [Claim] {
        let now = FlowDatabase.now
        return try await ledger.claim(
            ClaimRequest(limit: limit, now: now, leaseUntil: now + .minutes(5), owner: "benchmark"))
    }

    /// Done: looked at again in 60 days, with the event that says so.
    private func complete(_ claim: Claim) async throws {
        let now = FlowDatabase.now
        let next = DueRecord(
            claim.work, at: claim.dueAt + .days(60), deadline: claim.deadline + .days(60), group: claim.group)
        let event = EventDraft(
            at: now, actor: "runner", kind: "renewal.looked-at", certificate: Self.name(claim.work.id),
            detail: ["version": "1", "next": "in 60 days"])
        let change = Change(events: [event], release: .init(claim.work, next: next))
        guard try await ledger.commit(change, under: claim.fence) == .applied else { throw Refused() }
    }

    private struct Refused: Error {}

    /// As `FlowDatabase` names it.
    private static func name(_ id: Int64) -> String {
        let hash = String(UInt32(truncatingIfNeeded: id &* 2_654_435_761), radix: 16)
        return String(repeating: "0", count: 8 - hash.count) + hash + ".example.com"
    }

    /// 256 are claimed while 256 are completed.
    func inBatches(_ count: Int) async throws -> Int {
        var done = 0
        var claims = try await claim(256)
        while !claims.isEmpty {
            let present = claims
            let wanted = done + present.count < count ? 256 : 0
            claims = try await withThrowingTaskGroup(of: [Claim].self) { group in
                group.addTask { try await claim(wanted) }
                for claim in present {
                    group.addTask {
                        try await complete(claim)
                        return []
                    }
                }
                return try await group.reduce([], +)
            }
            done += present.count
        }
        return done
    }

    /// 64 at a time; when some are done, as many more are claimed as have room then.
    func byDrivers(_ count: Int) async throws -> Int {
        let (endings, ended) = AsyncStream.makeStream(of: Void.self)
        let room = Room(64)
        ended.yield()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            var started = 0
            for await _ in endings {
                let free = room.takeAll()
                guard free > 0 else { continue }
                let claims = try await claim(min(free, count - started))
                guard !claims.isEmpty else { break }
                started += claims.count
                for claim in claims {
                    group.addTask {
                        try await complete(claim)
                        room.giveBack()
                        ended.yield()
                    }
                }
            }
            try await group.waitForAll()
            return started
        }
    }

    /// One claim and one completion after the other.
    func singly(_ count: Int) async throws -> Int {
        for _ in 0..<count {
            for claim in try await claim(1) { try await complete(claim) }
        }
        return count
    }
}

/// How many drivers are idle.
private final class Room: Sendable {
    private let idle: Mutex<Int>

    init(_ count: Int) { idle = Mutex(count) }

    func giveBack() { idle.withLock { $0 += 1 } }

    func takeAll() -> Int {
        idle.withLock { idle in
            defer { idle = 0 }
            return idle
        }
    }
}

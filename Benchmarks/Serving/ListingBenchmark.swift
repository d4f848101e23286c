import ArgumentParser
import Automation
import Foundation
import PluginKit
import Profiles
import Server
import Storage
import StorageSQLite

/// What a page, a filter and a search of *Automated certificates* cost, and the memory that they are answered from.
struct ListingBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listing", abstract: "Automated certificates: filling, pages, filters, search, memory.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "Certificates in the ledger.") var certificates = 100_000
    @Option(help: "How often each is asked.") var rounds = 60

    func run() async throws {
        try await scratch.withDirectory { directory in
            let database = FlowDatabase(in: directory, flows: certificates)
            try await database.make()
            try database.addPlacements()
            let ledger = try database.open(chain: "benchmark")
            let profiles = try Self.profiles()
            Report.heading("Automated certificates, \(Report.grouped(Double(certificates)))")
            let before = try Self.memory()
            let register = CertificateRegister(ledger: ledger, profiles: { profiles })
            let filling = try await measure { try await register.freshen(at: FlowDatabase.now) }
            Report.line(
                "filled from the ledger", Report.seconds(filling.cost.wall),
                note: "CPU \(Report.seconds(filling.cost.processor))")
            let grown = try Self.memory() - before
            Report.line("memory", Report.megabytes(grown), asked: "50 MB", isMet: grown < 50_000_000)
            try await pages(register)
            await ledger.close()
        }
    }

    private func pages(_ register: CertificateRegister) async throws {
        let last = String(max(1, certificates / 50 / 2))
        let lists: [(name: String, items: [(String, String)], asked: Int)] = [
            ("the usual page", [], 15), ("a page in the middle", [("page", last)], 15),
            ("by name", [("sort", "name")], 15),
            ("by names, a page in the middle", [("sort", "names"), ("page", last)], 15),
            ("by end", [("sort", "expires"), ("dir", "desc")], 15), ("500 rows", [("size", "500")], 30),
        ]
        for list in lists { try await answer(register, list.name, list.items, list.asked) }
        let filters: [(String, String)] = [
            ("view", "attention"), ("view", "not-serving"), ("view", "runs-7d"), ("name", "00f"), ("names", "example"),
            ("issuer", "local-authority"), ("expires", "14d"), ("renewed", "done"), ("published", "done"),
            ("serving", "not-proved"), ("next", "7d"), ("profile", "edge"), ("last", "30d"), ("label", "team:web"),
        ]
        for filter in filters { try await answer(register, "\(filter.0)=\(filter.1)", [filter], 30) }
        for text in ["0badcafe", "e", "example.com", "web-1 7f", "edge/web-2 a b c"] {
            try await answer(register, "search \"\(text)\"", [("q", text)], 60)
        }
        let home = try await percentile { _ = register.home(zone: .utc, at: FlowDatabase.now) }
        Report.line("Home", Report.milliseconds(home), asked: "30 ms", isMet: home < .milliseconds(30))
        var query = TargetQuery()
        query.text = "web-2"
        let targets = try await percentile { [query] in _ = register.targets(query, at: FlowDatabase.now) }
        Report.line(
            "Targets, searched", Report.milliseconds(targets), asked: "60 ms", isMet: targets < .milliseconds(60))
        let csv = await measure { register.csv(ListQuery(), at: FlowDatabase.now).reduce(0) { $0 + $1.utf8.count } }
        Report.line("all of it as CSV", Report.seconds(csv.cost.wall), note: Report.megabytes(csv.result))
    }

    /// A look as the server takes it: what is new is taken up first.
    private func answer(
        _ register: CertificateRegister, _ name: String, _ items: [(String, String)], _ asked: Int
    ) async throws {
        let (query, problems) = ListQuery.read(items.map { (key: $0.0, value: $0.1) })
        guard problems.isEmpty else { throw ValidationError(problems.map(\.message).joined(separator: " ")) }
        var total = 0
        let time = try await percentile {
            try await register.freshen(at: FlowDatabase.now)
            total = register.list(query, at: FlowDatabase.now).total
        }
        Report.line(
            name, Report.milliseconds(time), asked: "\(asked) ms", isMet: time < .milliseconds(asked),
            note: "\(Report.grouped(Double(total))) found")
    }

    /// The time that 95 of 100 stay below.
    private func percentile(_ body: () async throws -> Void) async throws -> Duration {
        var times: [Duration] = []
        for _ in 0..<max(1, rounds) { times.append(try await measure(body).cost.wall) }
        return times.sorted()[times.count * 95 / 100]
    }

    private static func profiles() throws -> ProfileSet {
        var set = ProfileSet()
        set.publishing["edge"] = PublishingProfile(
            name: "edge", publisher: "filesystem",
            targets: ["web-1", "web-2"].map { .init(name: $0, options: OptionTree()) },
            proof: .tls(
                connect: try Template("{{target.name}}:443"), serverName: try Template("{{certificate.name}}"),
                within: .seconds(10)))
        return set
    }

    /// What this process holds of the machine's memory.
    private static func memory() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let kilobytes = line?.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first
        guard let kilobytes else { throw ValidationError("/proc/self/status tells no VmRSS") }
        return kilobytes * 1024
    }
}

extension FlowDatabase {
    /// Two targets for each flow, which hold and serve its version; on every hundredth one of them serves something
    /// else.
    fileprivate func addPlacements() throws {
        let database = try RawDatabase(path)
        try database.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; BEGIN")
        for target in 1...2 {
            try database.run(
                """
                INSERT INTO placement (id, certificate, profile, target, created_at, held_number, held_fingerprint,
                  held_not_before, held_not_after, held_chain_not_after, held_delivery, held_since, sequence,
                  proof_outcome, proof_at, proof_lines, trouble, wishes_done, sweep_due, asked_for)
                SELECT \(flows * target) + certificate, certificate, 'edge', 'web-\(target)', stored_at, current,
                  zeroblob(32), not_before, not_after, chain_not_after, 'delivery', stored_at, 1,
                  CASE WHEN \(target) = 2 AND certificate % 100 = 0 THEN 'different' ELSE 'serving' END,
                  \(Self.now.seconds) - 3600, '[]', NULL, 0, NULL, 0 FROM renewal
                """)
        }
        try database.run("UPDATE counter SET next = \(flows * 3 + 1) WHERE name = 'id'")
        try database.run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)")
    }
}

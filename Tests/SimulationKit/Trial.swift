import Foundation
import Storage
import StorageSQLite

/// One seed on one ledger: what the tests run, and what one command replays.
public struct Trial: Sendable, CustomStringConvertible {
    public enum Engine: String, Sendable, CaseIterable { case memory, sqlite }

    public var seed: UInt64
    public var scale: Scenario.Scale
    public var count: Int
    public var engine: Engine

    /// - Parameter count: certificates; as many as the scale has where nil.
    public init(_ seed: UInt64, _ scale: Scenario.Scale, count: Int? = nil, on engine: Engine = .memory) {
        self.seed = seed
        self.scale = scale
        self.count = count ?? scale.usualCount
        self.engine = engine
    }

    public var description: String { "\(scale.rawValue) \(seed)" }

    /// Runs this very trial again.
    public var command: String {
        var words = ["swift run simulate", scale.rawValue, "\(seed)"]
        if count != scale.usualCount { words.append("--certificates \(count)") }
        if engine != .memory { words.append("--engine \(engine.rawValue)") }
        return words.joined(separator: " ")
    }

    /// In memory where there is such a place: here nothing hangs on the disk's syncs, and there are a great many.
    private static var scratch: URL {
        let memory = "/dev/shm"
        return FileManager.default.isWritableFile(atPath: memory)
            ? URL(filePath: memory) : FileManager.default.temporaryDirectory
    }

    /// - Parameter narrate: told each line of what happens, as it happens.
    public func run(narrate: (@Sendable (String) -> Void)? = nil) async throws -> Simulation.Report {
        let simulation = Simulation(Scenario(seed: seed, scale: scale, count: count), narrate: narrate)
        guard let key = Secret32(Array(repeating: 1, count: 32)) else { throw TrialProblem.noKey }
        switch engine {
        case .memory:
            let ledger = MemoryLedger(auditKey: key, chain: "chain-0")
            return try await simulation.run { chain, _ in
                ledger.reopen(auditKey: key, chain: chain)
                return ledger
            }
        case .sqlite:
            let directory = Self.scratch.appending(path: "certflow-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
            defer { try? FileManager.default.removeItem(at: directory) }
            var options = SQLiteLedger.Options()
            options.commitsOnCallingThread = true
            let path = directory.appending(path: "ledger.db").path
            return try await simulation.run { [options] chain, earlier in
                await earlier?.close()
                return try SQLiteLedger(path: path, creating: true, auditKey: key, chain: chain, options: options)
            }
        }
    }
}

enum TrialProblem: Error { case noKey }

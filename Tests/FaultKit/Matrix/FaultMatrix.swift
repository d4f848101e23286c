/// Runs one program again and again, harms it at one call each time, and has its remains checked.
///
/// Two runs go side by side. Where the numbers of calls shift between runs because of threads, what was missed by
/// number is met by label.
///
/// ```swift
/// let matrix = FaultMatrix(rules: rules) { scene in
///     try copyHome(template, to: scene.directory)
///     return FaultRun(binary, ["run", "--home", scene.directory], prefixes: [scene.directory], roles: roles)
/// } check: { scene, outcome in
///     try await expectNothingLost(in: scene.directory, after: outcome)
/// }
/// let report = try await matrix.kills()
/// #expect(report.failures.isEmpty && report.coverage == 1, "\(report)")
/// ```
public struct FaultMatrix: Sendable {
    /// Sets a fresh state up in the scene's directory and says what to run on it.
    public typealias Preparation = @Sendable (Scene) async throws -> FaultRun
    /// Judges what a run left behind; throws what is wrong. It may run the program again.
    public typealias Check = @Sendable (Scene, FaultOutcome) async throws -> Void

    let rules: [TraceRule]
    let parent: String
    let prepare: Preparation
    let check: Check

    /// - Parameters:
    ///   - rules: must hold of the trace of every run.
    ///   - parent: where scenes are made; in memory by default, since a kill loses nothing that a disk would keep.
    public init(
        rules: [TraceRule] = [], scenesIn parent: String = ScratchDirectory.inMemory, prepare: @escaping Preparation,
        check: @escaping Check
    ) {
        self.rules = rules
        self.parent = parent
        self.prepare = prepare
        self.check = check
    }

    /// Kills before and after call n, n growing until both runs end unharmed; then whatever label was missed, by label.
    ///
    /// - Parameters:
    ///   - stride: 1 for every call; more to take only each so-manieth of those that are `many`.
    ///   - many: the calls that are alike and need not all be met, as they come in a run that nothing harms.
    public func kills(
        every stride: Int = 1, of many: (TracedCall) -> Bool = { _ in true }
    ) async throws -> FaultReport {
        var skipped: Set<Int> = []
        var alike = 0
        var report = try await baseline(goals: [.killBefore, .killAfter]) { call, kind in
            if kind == .killBefore, let number = call.number, many(call) {
                if alike % stride != 0 { skipped.insert(number) }
                alike += 1
            }
            return true
        }
        guard report.failures.isEmpty else { return report }
        var number = 0
        while true {
            number += 1
            if skipped.contains(number) { continue }
            let attempts = try await together(Fault.Kind.kills.map { Fault($0, at: number) })
            report.add(attempts, kinds: Fault.Kind.kills) { _, _ in true }
            if attempts.allSatisfy({ $0.harmed == nil }) { break }
        }
        try await meetTheRest(&report)
        return report
    }

    /// Kills at numbers chosen by a seed, before or after.
    public func randomKills(_ count: Int, seed: UInt64) async throws -> FaultReport {
        var report = try await baseline(goals: []) { _, _ in false }
        guard report.failures.isEmpty, report.countedCalls > 0 else { return report }
        var random = SplitMix64(seed: seed)
        let faults = (0..<count).map { _ in
            let kind: Fault.Kind = Bool.random(using: &random) ? .killBefore : .killAfter
            return Fault(kind, at: Int.random(in: 1...report.countedCalls, using: &random))
        }
        try await meet(faults, &report)
        return report
    }

    /// Fails each call that a fault can meet, once alone and, where asked, once with all that follow.
    ///
    /// - Parameters:
    ///   - calls: which calls to fail.
    ///   - stride: 1 for every such call; more to take only each so-manieth of those that are `many`.
    ///   - many: the calls that are alike and need not all be met.
    public func errors(
        _ kinds: [Fault.Kind] = Fault.Kind.errors,
        at calls: Set<CallName> = [.open, .write, .fsync, .fdatasync, .rename, .link, .symlink, .mkdir, .truncate],
        persisting: [Bool] = [false, true], every stride: Int = 1, of many: (TracedCall) -> Bool = { _ in true }
    ) async throws -> FaultReport {
        let suits: @Sendable (TracedCall, Fault.Kind) -> Bool = {
            calls.contains($0.name) && $0.possibleHarm.contains($1)
        }
        var numbers: [Fault.Kind: [Int]] = [:]
        var alike: [Fault.Kind: Int] = [:]
        var report = try await baseline(goals: kinds) { call, kind in
            let isMeant = suits(call, kind)
            guard isMeant, let number = call.number else { return false }
            let place = alike[kind, default: 0]
            if many(call) { alike[kind] = place + 1 }
            if !many(call) || place % stride == 0 { numbers[kind, default: []].append(number) }
            return true
        }
        guard report.failures.isEmpty else { return report }
        var faults: [Fault] = []
        for kind in kinds {
            for number in numbers[kind] ?? [] {
                faults += persisting.map { Fault(kind, at: number, persists: $0) }
            }
        }
        try await meet(faults, &report)
        try await meetTheRest(&report)
        return report
    }

    // MARK: Runs

    struct Attempt: Sendable {
        let fault: Fault?
        let harmed: TracedCall?
        let trace: Trace
        let failures: [FaultReport.Failure]
    }

    /// One run that nothing harms: what there is to meet. Where it fails already, the rest would prove nothing.
    private func baseline(
        goals kinds: [Fault.Kind], where suits: (TracedCall, Fault.Kind) -> Bool
    ) async throws -> FaultReport {
        var report = FaultReport()
        report.add([try await attempt(nil, side: 0)], kinds: kinds, where: suits)
        return report
    }

    private func meet(_ faults: [Fault], _ report: inout FaultReport) async throws {
        for pair in stride(from: 0, to: faults.count, by: 2).map({ faults[$0..<min($0 + 2, faults.count)] }) {
            report.add(try await together(Array(pair)), kinds: []) { _, _ in false }
        }
    }

    /// Goes for each missed goal by its label. What does not even occur in ten runs stays missed.
    private func meetTheRest(_ report: inout FaultReport) async throws {
        for goal in report.missed {
            for _ in 0..<10 where !report.met.contains(goal) {
                try await meet([Fault(goal.kind, at: 1, label: goal.label)], &report)
            }
        }
    }

    private func together(_ faults: [Fault]) async throws -> [Attempt] {
        try await withThrowingTaskGroup(of: (Int, Attempt).self) { group in
            for (side, fault) in faults.enumerated() {
                group.addTask { (side, try await attempt(fault, side: side)) }
            }
            var attempts: [(Int, Attempt)] = []
            for try await attempt in group { attempts.append(attempt) }
            return attempts.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func attempt(_ fault: Fault?, side: Int) async throws -> Attempt {
        let scratch = try ScratchDirectory(in: parent)
        defer { scratch.remove() }
        let scene = Scene(directory: scratch.path, side: side)
        var run = try await prepare(scene)
        run.fault = fault
        let outcome = try await run.run()
        var problems = outcome.trace.violations(of: rules).map(\.description)
        if outcome.ending == .timedOut { problems.append("it did not end in \(run.timeout)\n\(outcome.errors)") }
        do {
            try await check(scene, outcome)
        } catch {
            problems.append("\(error)")
        }
        return Attempt(
            fault: fault, harmed: outcome.harmed, trace: outcome.trace,
            failures: problems.map { .init(fault: fault, harmed: outcome.harmed, text: $0) })
    }
}

extension FaultReport {
    fileprivate mutating func add(
        _ attempts: [FaultMatrix.Attempt], kinds: [Fault.Kind], where suits: (TracedCall, Fault.Kind) -> Bool
    ) {
        for attempt in attempts {
            runs += 1
            failures += attempt.failures
            for call in attempt.trace.calls {
                if let harm = call.harm { met.insert(Goal(label: call.label, kind: harm)) }
            }
            guard attempt.harmed == nil else {
                harmedRuns += 1
                continue
            }
            countedCalls = max(countedCalls, attempt.trace.countedCalls)
            for call in attempt.trace.calls where call.number != nil {
                for kind in kinds where suits(call, kind) { goals.insert(Goal(label: call.label, kind: kind)) }
            }
        }
    }
}

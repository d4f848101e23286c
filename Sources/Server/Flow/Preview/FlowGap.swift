import Automation

/// A time in which nothing valid is served.
struct FlowGap: Sendable, Hashable {
    enum Cause: String, Sendable {
        /// The rule means to be late.
        case rule
        /// No open period lies in time.
        case window
        /// Nothing is planned that would end it.
        case nothingPlanned = "nothing-planned"
    }

    var from: Instant
    /// Where the preview ends, for one that nothing ends.
    var to: Instant
    var cause: Cause
    /// Names of those that serve what has expired; empty where the certificate has no target.
    var targets: [String]

    var length: Span { to - from }

    /// The gaps of a forecast, by their starts; those of several targets at the same time are one.
    ///
    /// - Parameters:
    ///   - lives: of all versions that come up, by number.
    ///   - until: where the forecast ends.
    ///   - last: why one is still open there.
    static func all(
        in input: ForecastInput, runs: [ForecastRun], lives: [Int: Life], from: Instant, until: Instant,
        last: Cause = .nothingPlanned
    ) -> [FlowGap] {
        var found: [Key: [String]] = [:]
        func note(_ target: String?, _ end: Instant, _ to: Instant, _ cause: Cause) {
            let start = max(end, from)
            guard start < to else { return }
            let key = Key(from: start, to: to, cause: cause)
            found[key, default: []] += target.map { [$0] } ?? []
        }
        func cause(_ run: PlannedRun) -> Cause { run.deadline == nil ? .rule : .window }
        if input.targets.isEmpty {
            var end = input.current?.life.chainNotAfter
            for next in runs where next.stage == .renewal {
                if let end, end < next.run.at { note(nil, end, next.run.at, cause(next.run)) }
                end = lives[next.version]?.chainNotAfter ?? end
            }
            if let end, end < until { note(nil, end, until, last) }
        } else {
            let published = Dictionary(grouping: runs.filter { $0.stage == .publication }) { $0.target ?? "" }
            for target in input.targets {
                var end = target.held?.life.chainNotAfter
                for next in published[target.name] ?? [] {
                    if let end, end < next.run.at { note(target.name, end, next.run.at, cause(next.run)) }
                    end = lives[next.version]?.chainNotAfter ?? end
                }
                if let end, end < until { note(target.name, end, until, last) }
            }
        }
        return found.map { FlowGap(from: $0.from, to: $0.to, cause: $0.cause, targets: $1) }
            .sorted { ($0.from, $0.to) < ($1.from, $1.to) }
    }

    private struct Key: Hashable {
        var from: Instant
        var to: Instant
        var cause: Cause
    }

    /// How long anything is expired, counted once where gaps lie over each other.
    static func sum(_ gaps: [FlowGap]) -> Span { merged(gaps).reduce(.zero) { $0 + ($1.upperBound - $1.lowerBound) } }

    /// The stretches in which anything is expired.
    static func merged(_ gaps: [FlowGap]) -> [Range<Instant>] {
        var stretches: [Range<Instant>] = []
        for gap in gaps.sorted(by: { $0.from < $1.from }) {
            if let last = stretches.last, gap.from <= last.upperBound {
                stretches[stretches.count - 1] = last.lowerBound..<max(last.upperBound, gap.to)
            } else {
                stretches.append(gap.from..<gap.to)
            }
        }
        return stretches
    }
}

extension FlowRules {
    /// A stage that is on comes after the end of what it replaces.
    var isMeantLate: Bool {
        if renewalEnabled, case .afterExpiration = renewIn { return true }
        return publicationEnabled && publishOn == .afterPreviousExpiry
    }
}

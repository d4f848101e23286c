import Storage

/// How many drivers run, and which targets and issuers they keep busy.
struct Permits {
    let settings: RunnerSettings
    /// How many at a time each issuer takes, by its group: its profiles may change while work runs.
    var limits: [Int64: Int]
    /// The groups of targets: one driver each.
    private var targets: Set<Int64> = []
    private var issuers: [Int64: Int] = [:]
    private(set) var running = 0

    init(_ settings: RunnerSettings, limits: [Int64: Int] = [:]) {
        self.settings = settings
        self.limits = limits
    }

    private func limit(_ issuer: Int64) -> Int { limits[issuer] ?? settings.perIssuer ?? RunnerSettings.unknownIssuer }

    /// How many more may be claimed by the schedule.
    var free: Int { max(0, settings.concurrent - running) }

    /// How many more may be claimed for people.
    var freeByHand: Int { max(0, settings.concurrent + settings.concurrentByHand - running) }

    /// How many may be claimed in one go, so that no issuer gets more than its limit, whoever they are for.
    var batch: Int {
        Set(limits.keys).union(issuers.keys).map { limit($0) - issuers[$0, default: 0] }.filter { $0 > 0 }.min()
            ?? settings.concurrent
    }

    var busyGroups: Set<Int64> {
        targets.union(issuers.lazy.filter { $0.value >= limit($0.key) }.map(\.key))
    }

    mutating func take(_ job: Job) {
        running += 1
        switch job.claims.first?.work.kind {
        case .publication: targets.insert(job.group)
        case .renewal: issuers[job.group, default: 0] += 1
        default: break
        }
    }

    mutating func giveBack(_ job: Job) {
        running -= 1
        switch job.claims.first?.work.kind {
        case .publication: targets.remove(job.group)
        case .renewal: issuers[job.group, default: 1] -= 1
        default: break
        }
        issuers = issuers.filter { $0.value > 0 }
    }
}

/// What one driver works on: one piece of work, or all that is due together on one target.
struct Job: Sendable {
    var claims: [Claim]
    var group: Int64

    /// Puts together what shares a target.
    static func jobs(of claims: [Claim]) -> [Job] {
        var jobs: [Job] = []
        var places: [Int64: Int] = [:]
        for claim in claims {
            if claim.work.kind == .publication, let index = places[claim.group] {
                jobs[index].claims.append(claim)
                continue
            }
            if claim.work.kind == .publication { places[claim.group] = jobs.count }
            jobs.append(Job(claims: [claim], group: claim.group))
        }
        return jobs
    }
}

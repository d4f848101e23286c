import FaultKit

/// What must hold of the trace of every run of the program.
struct DurabilityRules {
    /// The version that the run publishes.
    let version: Int

    /// Whether it makes that version.
    let isIssued: Bool

    var all: [TraceRule] {
        let publications = Stage.layouts.flatMap { [recorded($0, .staged), recorded($0, .switched), intended($0)] }
        return Self.always + publications + (isIssued ? [issued] : [])
    }

    /// Also of runs that make no certificate.
    static let always: [TraceRule] =
        alsoWhereSyncsFail + [
            .syncedBeforePublished(roles: HomeRoles.published.union(HomeRoles.kept)),
            .nameSynced(roles: HomeRoles.kept),
            // A switch of flat files that a crash interrupts is known for one.
            .nameSynced(roles: ["flat-state"], beforeNames: ["flat-file"]),
            // Of what is about to be removed.
            .nameSynced(roles: ["staging", "flat-staging"]),
        ]

    /// What a run owes where the disk refuses to sync.
    static let alsoWhereSyncsFail: [TraceRule] = [
        .bornPrivate(roles: HomeRoles.privateFiles),
        .publishedNeverChanged(links: ["live"]),
        .nothingUnseen(but: [HomeRoles.shm]),
    ]

    private enum Step {
        case staged, switched

        /// What the step makes, by layout.
        func roles(_ layout: String) -> Set<String> {
            switch (self, layout) {
            case (.staged, "flat"): ["flat-set", "flat-state"]
            case (.staged, _): ["version"]
            case (.switched, "flat"): ["flat-set", "flat-file", "flat-state"]
            case (.switched, _): ["version", "live"]
            }
        }

        /// The entries of the journal that record it.
        var entries: [String] { self == .staged ? ["staged"] : ["switched", "restored"] }
    }

    /// What a journal's entry says is done was durable before: a directory's sync precedes the commit that records it.
    private func recorded(_ layout: String, _ step: Step) -> TraceRule {
        .nameSynced(
            roles: step.roles(layout),
            before: Recording(log: HomeRoles.wal, onlyFirst: true) { commit, _ in
                step.entries.contains { mentions(commit, "publication.\($0)", "\(layout)/default") }
            })
    }

    /// Nothing is done at a target before the commit that says a publication to it has begun.
    private func intended(_ layout: String) -> TraceRule {
        .recordedBefore(
            "a publication's intent is durable before its first effect",
            CallPattern { call in
                let isThere = call.path.contains("/tls/\(layout)/") || call.path.hasSuffix("/tls/\(layout)")
                // What is removed or synced belongs to earlier publications: it is swept.
                return isThere && [.open, .mkdir, .symlink, .link].contains(call.name)
            },
            by: Recording(log: HomeRoles.wal) { commit, _ in
                mentions(commit, "publication.begun", "\(layout)/default")
            })
    }

    /// The intent with its key, the serial number, the certificate: three commits, each durable before the next.
    private var issued: TraceRule {
        TraceRule("an intent, its serial number and its certificate are committed one after the other") { trace in
            let commits = trace.commits(ofLog: HomeRoles.wal)
            let steps = [
                ("intent.opened", ""), ("intent.ordered", ""), ("version.stored", "\"version\":\"\(version)\""),
            ]
            let places = steps.map { step in
                commits.firstIndex { $0.mentions("\(step.0)\(Stage.certificate)", followedBy: step.1) }
            }
            guard let last = places.last ?? nil else { return [] }
            let isInOrder = zip(places, places.dropFirst()).allSatisfy { one, next in
                if let one, let next { one < next } else { false }
            }
            return isInOrder ? [] : [("they are not", [commits[last].sync])]
        }
    }

    private func mentions(_ commit: Commit, _ kind: String, _ subject: String) -> Bool {
        commit.mentions("\(kind)\(Stage.certificate)\(subject){", followedBy: "\"version\":\"\(version)\"", within: 120)
    }
}

import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// Drives the publications that are due together on one target: staged together, tested once, reloaded once, proved
/// each; where the test fails, all are put back and tried one by one.
struct PublicationDriver {
    let outside: RunnerDependencies
    let breakers: Breakers
    let commands: TargetCommands
    private let leases: LeaseBook
    private let claims: [Claim]
    private let runner: Runner

    init(_ runner: Runner, _ claims: [Claim]) {
        outside = runner.outside
        breakers = runner.breakers
        leases = runner.leases
        commands = TargetCommands(runner.outside)
        self.claims = claims
        self.runner = runner
    }

    /// Whether the runner wants to end: what runs is finished, the next step is left to the next start.
    var isStopping: Bool { runner.isStopping }

    func drive() async throws {
        var members: [PublicationMember] = []
        var looks: [Claim] = []
        for claim in claims {
            switch try await opening(claim, mayLook: false).open() {
            case .publish(let member): members.append(member)
            case .look: looks.append(claim)
            case .released: break
            }
        }
        try await publishTogether(&members)
        // What only has to be looked at comes last, so that no publication waits past its window for it.
        var late = try await look(looks)
        try await publishTogether(&late)
        if (members + late).contains(where: \.isThrough) { throw WorkStopped.leaseLost }
    }

    private func opening(_ claim: Claim, mayLook: Bool) -> PublicationOpening {
        PublicationOpening(self, Claimed(claim: claim, outside: outside, leases: leases), mayLook: mayLook)
    }

    /// - Returns: what became due meanwhile.
    private func look(_ claims: [Claim]) async throws -> [PublicationMember] {
        try await withThrowingTaskGroup(of: PublicationOpening.Opened.self) { group in
            for claim in claims { group.addTask { try await opening(claim, mayLook: true).open() } }
            var late: [PublicationMember] = []
            for try await opened in group { if case .publish(let member) = opened { late.append(member) } }
            return late
        }
    }

    private func publishTogether(_ members: inout [PublicationMember]) async throws {
        guard !members.isEmpty else { return }
        for index in members.indices { try await publish(&members[index]) }
        try await test(&members)
        try await reload(&members, .reload)
        try await prove(&members)
        for index in members.indices { try await restore(&members[index]) }
        try await reload(&members, .reloadRestored)
        try await proveRestored(&members)
        for index in members.indices { try await PublicationOutcome(self, members[index]).finish() }
    }

    // MARK: Publish

    private func publish(_ member: inout PublicationMember) async throws {
        guard !member.isThrough, member.machine.action == .publish else { return }
        try await attempt(&member, "publish") { member in
            let publisher = try await commands.publisher(member.prepared)
            let (delivery, journal) = (outside.timed(member.delivery), member.journal)
            let receipt = try await outside.clock.bounded("Publishing", outside.settings.callLimit) {
                try await publisher.publish(delivery, journal)
            }
            member.record.update { record in
                record.receipt = receipt
                record.state = .switched
            }
        }
    }

    // MARK: Test

    private func test(_ members: inout [PublicationMember]) async throws {
        for group in try together(members, .test, \.test) {
            guard let first = group.first, let step = members[first].prepared.profile.test else { continue }
            do {
                try await commands.run("test", step, members[first].prepared)
                for index in group { members[index].machine.handle(.passed) }
            } catch {
                let failure = try StageFailure(classifying: error, step: "test", journalled: true)
                if group.count == 1 {
                    members[first].failure = failure
                    members[first].machine.handle(.failed)
                    // At once: the reload of the others would have the service read it.
                    try await restore(&members[first])
                } else {
                    try await testOneByOne(group, step, &members)
                }
            }
        }
    }

    /// One of several spoils the test for all: puts all back, then lets each in alone.
    private func testOneByOne(
        _ group: [Int], _ step: CommandStep, _ members: inout [PublicationMember]
    ) async throws {
        for index in group.reversed() { try await putBack(&members[index]) }
        for index in group where !members[index].isThrough && members[index].failure == nil {
            members[index].machine.startOver()
            try await publish(&members[index])
            guard members[index].machine.action == .test else { continue }
            do {
                try await commands.run("test", step, members[index].prepared)
                members[index].machine.handle(.passed)
            } catch {
                members[index].failure = try StageFailure(classifying: error, step: "test", journalled: true)
                members[index].machine.handle(.failed)
                // At once: it must not spoil the test of the next.
                try await restore(&members[index])
            }
        }
    }

    /// Takes one out again so that the others can be tried without it. Recorded first: after a crash it is published
    /// anew instead of being taken for switched.
    private func putBack(_ member: inout PublicationMember) async throws {
        guard !member.isThrough else { return }
        try await committing(&member) { member in
            member.record.update { $0.state = .waiting }
            try await member.claimed.commit(Change([.putPublication(member.record.current)]))
        }
        guard !member.isThrough else { return }
        do {
            try await rollBack(member)
        } catch {
            member.failure = try StageFailure(classifying: error, step: "rollback", journalled: true)
            member.machine.handle(.failed)
        }
    }

    // MARK: Reload and proof

    private func reload(_ members: inout [PublicationMember], _ action: PublicationMachine.Action) async throws {
        for group in try together(members, action, \.reload) {
            guard let first = group.first, let step = members[first].prepared.profile.reload else { continue }
            do {
                try await commands.run("reload", step, members[first].prepared)
                for index in group { members[index].machine.handle(.passed) }
            } catch {
                let failure = try StageFailure(classifying: error, step: "reload", journalled: true)
                for index in group {
                    members[index].failure = members[index].failure ?? failure
                    members[index].machine.handle(.failed)
                }
            }
        }
    }

    /// All at the same time: where the reload went wrong, none waits for the others' proofs before it is put back.
    private func prove(_ members: inout [PublicationMember]) async throws {
        let asked = members.indices.filter { !members[$0].isThrough && members[$0].machine.action == .prove }
        let runner = runner
        let looked = await looks(asked.map { members[$0].prepared }) { runner.isStopping }
        for (index, look) in zip(asked, looked) {
            do {
                let finding = try look.get()
                members[index].finding = finding
                if !finding.isGood { members[index].failure = Self.notServing(finding) }
                members[index].machine.handle(finding.isGood ? .passed : .failed)
            } catch WorkStopped.cancelled {
                members[index].isSuspended = true
            } catch {
                members[index].failure = try StageFailure(classifying: error, step: "prove", journalled: true)
                members[index].machine.handle(.failed)
            }
        }
    }

    /// What came of looking for one delivery on its target. A type of its own: with a tuple of index and `Result` as the
    /// result of the group, release builds of Swift 6.3 lost findings.
    private struct Look: Sendable {
        let place: Int
        let finding: Result<TargetProof.Finding, any Error>

        func get() throws -> TargetProof.Finding { try finding.get() }
    }

    /// - Returns: one for each, in their order.
    private func looks(
        _ asked: [PreparedDelivery], isStopping: @escaping @Sendable () -> Bool
    ) async -> [Look] {
        let proof = TargetProof(outside)
        return await withTaskGroup(of: Look.self) { group in
            for (place, prepared) in asked.enumerated() {
                group.addTask {
                    do {
                        let finding = try await proof.prove(prepared, isStopping: isStopping)
                        return Look(place: place, finding: .success(finding))
                    } catch {
                        return Look(place: place, finding: .failure(error))
                    }
                }
            }
            var looks: [Look] = []
            for await look in group { looks.append(look) }
            return looks.sorted { $0.place < $1.place }
        }
    }

    static func notServing(_ finding: TargetProof.Finding) -> StageFailure {
        StageFailure(
            PluginFailure(
                .transient, code: "proof.not-serving",
                message: "The new version is not served: " + finding.record.lines.joined(separator: " "),
                remedy: "See whether the service reads the published files, and was reloaded."), step: "prove",
            output: finding.record.lines.joined(separator: "\n"))
    }

    // MARK: Rollback

    /// It never waits for a window, and never returns to something expired or revoked.
    private func restore(_ member: inout PublicationMember) async throws {
        guard !member.isThrough, member.machine.action == .restore else { return }
        guard member.mayRestore(at: member.claimed.now) else {
            member.machine.handle(.cannotRestore)
            return
        }
        try await committing(&member) { member in
            member.record.update { record in
                record.state = .rollingBack
                record.failedStep = member.machine.failedStep
            }
            let event = member.claimed.event(
                "publication.rolling-back", member.name, subject: member.place,
                reason: member.failure?.failure.message ?? "")
            try await member.claimed.commit(Change([.putPublication(member.record.current)], events: [event]))
        }
        guard !member.isThrough else { return }
        do {
            try await rollBack(member)
            member.machine.handle(.passed)
        } catch {
            let failure = try StageFailure(classifying: error, step: "rollback", journalled: true)
            member.failure = member.failure ?? failure
            member.machine.handle(.failed)
        }
    }

    /// By the publisher's own handle, or by publishing the version that was there before.
    private func rollBack(_ member: PublicationMember) async throws {
        let publisher = try await commands.publisher(member.prepared)
        let (delivery, journal) = (outside.timed(member.prepared.bare), member.journal)
        if member.prepared.backend.manifest.capabilities.contains(.rollback), let handle = member.record.current.handle
        {
            do {
                _ = try await outside.clock.bounded("Rolling back", outside.settings.callLimit) {
                    try await publisher.rollback(delivery, to: handle, journal)
                }
                return
            } catch let failure as PluginFailure where failure.kind != .transient && member.before?.number != nil {
                // What the handle names is gone: the version is published again instead.
                member.journal.note(failure.message)
            }
        }
        guard let number = member.before?.number else {
            throw PluginFailure(
                .configuration, code: "rollback.impossible",
                message: "What \(member.place) held before is not known here, so it can't be put back.",
                remedy: "Put it back by hand, or publish again with `certflow publish \(member.name)`.")
        }
        let earlier = try await DeliveryMaker(outside).prepare(member.context, version: number)
        _ = try await outside.clock.bounded("Rolling back", outside.settings.callLimit) {
            try await publisher.publish(earlier.delivery, journal)
        }
    }

    private func proveRestored(_ members: inout [PublicationMember]) async throws {
        var asked: [Int] = []
        var earlier: [PreparedDelivery] = []
        for index in members.indices where !members[index].isThrough && members[index].machine.action == .proveRestored
        {
            guard let number = members[index].before?.number else {
                members[index].machine.handle(.passed)  // what was there is not ours: nothing to compare it with
                continue
            }
            do {
                earlier.append(try await DeliveryMaker(outside).prepare(members[index].context, version: number))
                asked.append(index)
            } catch {
                _ = try StageFailure(classifying: error, step: "prove", journalled: true)
                members[index].machine.handle(.failed)
            }
        }
        for (index, look) in zip(asked, await looks(earlier) { false }) {
            do {
                let finding = try look.get()
                members[index].finding = finding
                members[index].machine.handle(finding.isGood ? .passed : .failed)
            } catch {
                _ = try StageFailure(classifying: error, step: "prove", journalled: true)
                members[index].machine.handle(.failed)
            }
        }
    }

    // MARK: Shared

    /// The members that have this action before them, by equal commands.
    private func together(
        _ members: [PublicationMember], _ action: PublicationMachine.Action,
        _ step: KeyPath<PublishingProfile, CommandStep?>
    ) throws -> [[Int]] {
        var groups: [[Int]] = []
        var places: [[String]: Int] = [:]
        for (index, member) in members.enumerated() where !member.isThrough && member.machine.action == action {
            guard let command = member.prepared.profile[keyPath: step] else { continue }
            let arguments = (try? commands.arguments(command, member.prepared)) ?? [String(index)]
            if let place = places[arguments] {
                groups[place].append(index)
            } else {
                places[arguments] = groups.count
                groups.append([index])
            }
        }
        return groups
    }

    /// Runs a step that the machine waits for, and tells it the outcome.
    private func attempt(
        _ member: inout PublicationMember, _ step: String,
        _ body: (inout PublicationMember) async throws -> Void
    ) async throws {
        do {
            try await body(&member)
            member.machine.handle(.published)
        } catch WorkStopped.leaseLost {
            member.isThrough = true
        } catch {
            let failure = try StageFailure(classifying: error, step: step, journalled: member.journal.hasRecorded)
            member.failure = failure
            breakers.failed(member.claimed.claim.group, failure.failure, at: member.claimed.now)
            member.machine.handle(.failed)
        }
    }

    /// A commit between two steps; a lost lease ends the member.
    private func committing(
        _ member: inout PublicationMember, _ body: (inout PublicationMember) async throws -> Void
    ) async throws {
        do {
            try await body(&member)
        } catch WorkStopped.leaseLost {
            member.isThrough = true
        }
    }
}

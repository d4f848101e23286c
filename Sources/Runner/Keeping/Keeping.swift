import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// The house-keeping of a home: what is done at a start, when profiles change, and once a day.
struct Keeping {
    /// Names under which the ledger remembers what plans rest on.
    enum Meta {
        static let zoneData = "zone-data"
        static let profiles = "profiles"
        static func issuerWarned(_ name: String) -> String { "issuer-warned/\(name)" }
    }

    private static let page = 500

    private let outside: RunnerDependencies

    init(_ outside: RunnerDependencies) { self.outside = outside }

    private var ledger: any Ledger { outside.ledger }

    // MARK: At a start

    func startUp(at now: Instant) async throws {
        if try await ledger.meta(Meta.zoneData) != Zone.dataVersion {
            let report = try await ReplanWalk(ledger: ledger).run(at: now)
            let event = event(
                "zone-data.changed", at: now,
                detail: ["version": Zone.dataVersion, "flows": String(report.flows), "moved": String(report.moved)])
            try await commit([.putMeta(key: Meta.zoneData, value: Zone.dataVersion)], [event])
        }
        try await takeUp(
            ProfileShelf.Reading(set: outside.profiles.current, problems: outside.profiles.problems), at: now)
        try await commit([.hasten(DueRecord(WorkKey(.upkeep, 0), at: now, group: WorkGroup.upkeep))], [])
    }

    /// Attempts that ended without a word, for the history.
    func noteInterrupted(_ works: [WorkKey], at now: Instant) async throws {
        for work in works {
            var certificate: Int64?
            var target: String?
            switch work.kind {
            case .renewal: certificate = work.id
            case .publication:
                let placement = try await ledger.placement(work.id)
                certificate = placement?.certificate
                target = placement?.name
            case .notice, .upkeep: break
            }
            guard let certificate, let record = try await ledger.certificate(certificate) else { continue }
            let attempt = AttemptRecord(
                work: work, certificate: certificate, target: target, startedAt: now, endedAt: now,
                outcome: .interrupted, message: "The runner ended while this ran; it goes on from what was recorded.")
            let event = event("attempt.interrupted", record.name, target ?? "", at: now)
            try await commit([.addAttempt(attempt)], [event])
        }
    }

    func noteClockJump(_ span: Span, at now: Instant) async throws {
        let words = "the clock jumped \(span > .zero ? "forward" : "back") by \(Wording.words(span))"
        let notice =
            abs(span.seconds) > ClockGuard.suspicious.seconds
            ? try await Alarms(outside).notice(
                title: "certflow: \(words)",
                body: "It is \(now) now. Set the clock by a time service; work goes on in a moment.", certificate: nil,
                // As it was before: a clock that is set right again would keep the notice for long.
                level: .first, now: min(now, now - span)) : []
        try await commit(notice, [event("clock.jumped", at: now, detail: ["by": "\(span.seconds)s"])])
        outside.report(ProgressNote(at: now, kind: .note, certificate: "", text: words))
    }

    // MARK: Profiles

    /// Looks at everything that uses a profile which changed since the ledger last saw it.
    func takeUp(_ reading: ProfileShelf.Reading, at now: Instant) async throws {
        for problem in reading.problems {
            outside.report(ProgressNote(at: now, kind: .failed, certificate: "", text: problem))
        }
        guard reading.problems.isEmpty || outside.profiles.current.digests == reading.set.digests else { return }
        let known = try await ledger.meta(Meta.profiles).map(Self.decode) ?? [:]
        let present = reading.set.digests
        let changed = Set(known.keys).union(present.keys).filter { known[$0] != present[$0] }
        guard !changed.isEmpty else { return }
        let publishing = Set(changed.filter { $0.hasPrefix("publishing/") }.map { String($0.dropFirst(11)) })
        let issuing = Set(changed.filter { $0.hasPrefix("issuing/") }.map { String($0.dropFirst(8)) })
        var last: String?
        while true {
            let certificates = try await ledger.certificates(after: last, limit: Self.page)
            guard let end = certificates.last else { break }
            last = end.name
            try await touch(certificates, publishing, issuing, at: now)
        }
        let event = event("profiles.changed", at: now, detail: ["names": changed.sorted().joined(separator: ", ")])
        try await commit([.putMeta(key: Meta.profiles, value: Self.encode(present))], [event])
    }

    /// In one commit; where something of it was changed meanwhile, one by one, so that this costs nobody else his turn.
    private func touch(
        _ certificates: [CertificateRecord], _ publishing: Set<String>, _ issuing: Set<String>, at now: Instant
    ) async throws {
        var writes: [[Change.Write]] = []
        for certificate in certificates {
            let own = try await touches(certificate, publishing, issuing, at: now)
            if !own.isEmpty { writes.append(own) }
        }
        guard !writes.isEmpty, try await ledger.commit(Change(writes.flatMap { $0 })) != .applied else { return }
        for own in writes { try await commit(own, []) }
    }

    private func touches(
        _ certificate: CertificateRecord, _ publishing: Set<String>, _ issuing: Set<String>, at now: Instant
    ) async throws -> [Change.Write] {
        var writes: [Change.Write] = []
        if !publishing.isDisjoint(with: certificate.flow.profiles) {
            let existing = try await ledger.placements(of: certificate.id)
            writes += try await PlacementSync(ledger: ledger, profiles: outside.profiles.current)
                .writes(for: certificate, existing: existing, touching: publishing, at: now).writes
        }
        if issuing.contains(certificate.issuer) || certificate.fallback.map({ issuing.contains($0.issuer) }) == true {
            let group = WorkGroup.issuer(certificate.issuer)
            writes.append(.hasten(DueRecord(WorkKey(.renewal, certificate.id), at: now, group: group)))
        }
        return writes
    }

    private static func encode(_ digests: [String: String]) -> String {
        digests.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
    }

    private static func decode(_ text: String) -> [String: String] {
        var digests: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if let name = parts.first, let digest = parts.last { digests[String(name)] = String(digest) }
        }
        return digests
    }

    // MARK: Once a day

    func drive(_ claimed: Claimed) async throws {
        let now = claimed.now
        try await dropOldKeys(at: now)
        try await warnOfIssuers(at: now)
        try await claimed.release(
            until: now + .days(1), writes: [.prune(before: now - outside.settings.keepAttempts)])
    }

    /// Keys of versions that are held nowhere go some time after their end.
    private func dropOldKeys(at now: Instant) async throws {
        let old = try await ledger.versionsWithKeys(
            endedBefore: now - outside.settings.keysAfterExpiry, limit: Self.page)
        for version in old {
            let isHeld = try await ledger.placements(of: version.certificate).contains {
                $0.held?.number == version.number
            }
            guard !isHeld, let certificate = try await ledger.certificate(version.certificate) else { continue }
            let event = event(
                "key.dropped", certificate.name, at: now, detail: ["version": String(version.number)])
            try await commit([.dropKey(certificate: version.certificate, number: version.number)], [event])
        }
    }

    /// From the time an issuer's end is nearer than the longest life it is asked for, its renewals end with it.
    private func warnOfIssuers(at now: Instant) async throws {
        // Nobody waits for the others: they may never have been filled in.
        for name in try await ledger.issuersInUse().sorted() {
            guard let issuer = try? await Issuers(outside).issuer(profile: name),
                let report = try? await issuer.check()
            else { continue }
            let warnings = report.findings.filter { $0.weight != .fact }
            let key = Meta.issuerWarned(name)
            let text = warnings.map { [$0.message, $0.remedy].compactMap { $0 }.joined(separator: " ") }
                .joined(separator: "\n")
            guard try await ledger.meta(key) ?? "" != text else { continue }
            var writes: [Change.Write] = [.putMeta(key: key, value: text)]
            if !text.isEmpty {
                writes += try await Alarms(outside).notice(
                    title: "The issuer \(name) needs care", body: text, certificate: nil, level: .first, now: now)
            }
            try await commit(writes, [event("issuer.checked", subject: name, at: now, detail: ["findings": text])])
        }
    }

    // MARK: Shared

    private func event(
        _ kind: String, _ certificate: String = "", _ subject: String = "", at now: Instant,
        detail: [String: String] = [:]
    ) -> EventDraft {
        EventDraft(at: now, actor: "runner", kind: kind, certificate: certificate, subject: subject, detail: detail)
    }

    private func event(_ kind: String, subject: String, at now: Instant, detail: [String: String]) -> EventDraft {
        event(kind, "", subject, at: now, detail: detail)
    }

    /// What conflicts here was changed by somebody else: the next round sees it.
    private func commit(_ writes: [Change.Write], _ events: [EventDraft]) async throws {
        _ = try await ledger.commit(Change(writes, events: events))
    }
}

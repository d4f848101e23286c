import Automation
import Foundation
import PluginKit
import Profiles
import Storage

extension Desk {
    /// What an application would do to one certificate.
    public struct AppliedCertificate: Sendable {
        public enum Effect: String, Sendable { case created, changed, unchanged }
        public var name: String
        public var effect: Effect
        /// In words, one line each.
        public var differences: [String]
    }

    /// Creates or changes certificates and their flows, all of them or none.
    /// - Parameters:
    ///   - isRehearsal: only says what would be done.
    ///   - revision: of the one certificate that was looked at; nil where none was.
    /// - Throws: `DeskRefusal.flowConflict` where it has another revision by now.
    public func apply(
        _ specs: [CertificateSpec], isRehearsal: Bool, revision: Int64? = nil
    ) async throws -> [AppliedCertificate] {
        var applied: [AppliedCertificate] = []
        var writes: [Change.Write] = []
        var events: [EventDraft] = []
        try await refuseSecondOwners(of: specs)
        for spec in specs {
            if let known = try await ledger.certificate(named: spec.name) {
                if let revision, known.revision != revision {
                    throw DeskRefusal.flowChanged(spec.name, revision, known.revision)
                }
                let differences =
                    (known.isRetired ? ["in service again"] : []) + spec.differences(from: CertificateSpec(known))
                let effect: AppliedCertificate.Effect = differences.isEmpty ? .unchanged : .changed
                applied.append(AppliedCertificate(name: spec.name, effect: effect, differences: differences))
                guard effect == .changed else { continue }
                writes += try await change(known, to: spec)
                events.append(event("certificate.changed", spec.name, "", differences.joined(separator: "; ")))
            } else {
                guard revision == nil else { throw DeskRefusal.unknownCertificate(spec.name) }
                applied.append(
                    AppliedCertificate(name: spec.name, effect: .created, differences: spec.summary))
                guard !isRehearsal else { continue }
                writes += try await create(spec)
                events.append(event("certificate.created", spec.name, "", spec.summary.joined(separator: "; ")))
            }
        }
        if !isRehearsal, !writes.isEmpty { try await commit(writes, events) }
        return applied
    }

    private func create(_ spec: CertificateSpec) async throws -> [Change.Write] {
        guard let id = try await ledger.newIDs(1).first else { return [] }
        let now = now()
        let seed = entropy(8).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let record = CertificateRecord(spec, id: id, seed: seed, createdAt: now)
        return [.addCertificate(record)] + (try await placements(of: record, existing: []))
            + renewalAnew(record, RenewalState(certificate: id), at: now)
    }

    private func change(_ known: CertificateRecord, to spec: CertificateSpec) async throws -> [Change.Write] {
        let now = now()
        let record = changed(known, to: spec, at: now)
        guard let overview = try await ledger.overview(known.id) else { return [] }
        return [.changeCertificate(record)] + (try await placements(of: record, existing: overview.placements))
            + renewalAnew(record, overview.state, at: now)
    }

    func changed(_ known: CertificateRecord, to spec: CertificateSpec, at now: Instant) -> CertificateRecord {
        var record = known
        if Set(known.subjects) != Set(spec.subjects) {
            record.reissuesAsked += 1
            record.reissueAskedAt = now
        }
        record.subjects = spec.subjects
        record.key = spec.key
        record.issuer = spec.issuer
        record.fallback = spec.fallback
        record.labels = spec.labels
        record.owner = spec.owner
        record.note = spec.note
        record.take(spec.flow, at: now)
        record.isRetired = false
        return record
    }

    func renewalAnew(_ record: CertificateRecord, _ state: RenewalState, at now: Instant) -> [Change.Write] {
        let due = RenewalPlanning.due(record, state, unheldPublication: nil, now: now)
        // Where more than the planner decides, the runner looks at it.
        if PlanningRow(record, state, dueAt: nil).isPlain || state.current == 0 {
            return due.map { [.schedule($0)] } ?? [.unschedule(WorkKey(.renewal, record.id))]
        }
        let group = WorkGroup.issuer(record.issuer)
        return [.hasten(DueRecord(WorkKey(.renewal, record.id), at: now, group: group))]
    }

    /// New placements own their places from the start, so that two owners of a path are refused here and not at night.
    func placements(
        of record: CertificateRecord, existing: [PlacementRecord]
    ) async throws -> [Change.Write] {
        let sync = PlacementSync(ledger: ledger, profiles: profiles)
        let (writes, added) = try await sync.writes(for: record, existing: existing, at: now())
        return writes
            + added.compactMap { placement in
                let places = Places(profiles: profiles, registry: registry).places(of: placement, record)
                return places.isEmpty ? nil : .ownPlaces(placement: placement.id, places: places, takingOver: false)
            }
    }
}

extension CertificateRecord {
    init(_ spec: CertificateSpec, id: Int64, seed: Int64, createdAt: Instant) {
        self.init(
            id: id, name: spec.name, subjects: spec.subjects, key: spec.key, issuer: spec.issuer,
            fallback: spec.fallback, labels: spec.labels, owner: spec.owner, note: spec.note, flow: spec.flow,
            seed: seed, createdAt: createdAt)
    }
}

extension CertificateSpec {
    /// What a certificate is at present, as it would be written.
    public init(_ record: CertificateRecord) {
        self.init(
            name: record.name, subjects: record.subjects, issuer: record.issuer, fallback: record.fallback,
            key: record.key, labels: record.labels, owner: record.owner, note: record.note, flow: record.flow)
    }
}

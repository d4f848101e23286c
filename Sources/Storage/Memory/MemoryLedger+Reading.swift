import Automation
import Foundation

extension MemoryLedger {
    public func certificate(named name: String) async throws -> CertificateRecord? {
        try read { state in state.names[name].flatMap { state.certificates[$0] } }
    }

    public func certificate(_ id: Int64) async throws -> CertificateRecord? { try read { $0.certificates[id] } }

    public func certificates(after name: String?, limit: Int) async throws -> [CertificateRecord] {
        try read { state in
            state.names.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                .filter { candidate in name.map { $0.utf8.lexicographicallyPrecedes(candidate.utf8) } ?? true }
                .prefix(limit).compactMap { state.names[$0].flatMap { state.certificates[$0] } }
        }
    }

    public func issuersInUse() async throws -> Set<String> {
        try read { state in
            Set(
                state.certificates.values.filter { !$0.isRetired }
                    .flatMap(\.issuers))
        }
    }

    public func overviews(after id: Int64, limit: Int) async throws -> [CertificateOverview] {
        try read { state in
            state.certificates.keys.filter { $0 > id }.sorted().prefix(limit).compactMap(state.overview)
        }
    }

    public func overview(_ id: Int64) async throws -> CertificateOverview? { try read { $0.overview(id) } }

    public func planningRows(after id: Int64, limit: Int) async throws -> [PlanningRow] {
        try read { state in
            state.certificates.keys.filter { $0 > id }.sorted().prefix(limit).compactMap { id in
                state.certificates[id].map { certificate in
                    PlanningRow(
                        certificate, state.renewals[id] ?? RenewalState(certificate: id),
                        hasOpenIntent: state.openIntents[id] != nil, dueAt: state.due[WorkKey(.renewal, id)]?.at)
                }
            }
        }
    }

    public func renewalContext(_ certificate: Int64) async throws -> RenewalContext? {
        try read { state in
            state.overview(certificate).map { overview in
                RenewalContext(
                    certificate: overview.certificate, state: overview.state,
                    current: state.version(certificate, overview.state.current)?.record,
                    openIntent: state.openIntents[certificate].flatMap { state.intents[$0] },
                    placements: overview.placements)
            }
        }
    }

    public func publicationContext(_ placement: Int64) async throws -> PublicationContext? {
        try read { state in
            guard let record = state.placements[placement], let overview = state.overview(record.certificate) else {
                return nil
            }
            return PublicationContext(
                certificate: overview.certificate, state: overview.state,
                versions: state.versions(of: record.certificate, limit: PublicationContext.versionsRead),
                placement: record, wish: state.wishes[placement] ?? PlacementWish(placement: placement),
                publications: state.publications(of: placement, limit: PublicationContext.publicationsRead),
                siblings: overview.placements.filter { $0.profile == record.profile })
        }
    }

    public func versions(of certificate: Int64, limit: Int) async throws -> [VersionRecord] {
        try read { $0.versions(of: certificate, limit: limit) }
    }

    public func version(of certificate: Int64, number: Int) async throws -> VersionRecord? {
        try read { $0.version(certificate, number)?.record }
    }

    public func version(withFingerprint fingerprint: Data) async throws -> VersionRecord? {
        try read { state in
            state.fingerprints[fingerprint]?.min().flatMap { state.version($0.certificate, $0.number)?.record }
        }
    }

    public func material(of certificate: Int64, number: Int) async throws -> VersionMaterial? {
        try read { $0.version(certificate, number)?.material }
    }

    public func versionsWithKeys(
        endedBefore end: Instant, after last: VersionRecord?, limit: Int
    ) async throws -> [VersionRecord] {
        func place(_ version: VersionRecord) -> (Instant, Int64, Int) {
            (version.life.notAfter, version.certificate, version.number)
        }
        return try read { state in
            state.versions.values.joined().filter { $0.material.sealedKey != nil && $0.record.life.notAfter < end }
                .map(\.record).filter { version in last.map { place($0) < place(version) } ?? true }
                .sorted { place($0) < place($1) }.prefix(limit).map { $0 }
        }
    }

    public func oldestAttempt() async throws -> Instant? { try read { $0.attempts.first?.endedAt } }

    public func placements(of certificate: Int64) async throws -> [PlacementRecord] {
        try read { state in (state.placementsOf[certificate] ?? []).compactMap { state.placements[$0] } }
    }

    public func placements(profile: String) async throws -> [PlacementRecord] {
        try read { $0.placements.values.filter { $0.profile == profile }.sorted { $0.id < $1.id } }
    }

    public func placement(_ id: Int64) async throws -> PlacementRecord? { try read { $0.placements[id] } }

    public func wish(of placement: Int64) async throws -> PlacementWish {
        try read { $0.wishes[placement] ?? PlacementWish(placement: placement) }
    }

    public func publications(of placement: Int64, limit: Int) async throws -> [PublicationRecord] {
        try read { $0.publications(of: placement, limit: limit) }
    }

    public func attempts(of certificate: Int64?, work: WorkKey?, limit: Int) async throws -> [AttemptRecord] {
        try read { state in
            state.attempts.reversed().lazy
                .filter { attempt in
                    certificate.map { $0 == attempt.certificate } ?? true && work.map { $0 == attempt.work } ?? true
                }
                .prefix(limit).map { $0 }
        }
    }

    public func attemptCount(of work: WorkKey) async throws -> Int {
        try read { $0.attempts.count { $0.work == work } }
    }

    public func events(after sequence: Int64, certificate: String?, limit: Int) async throws -> [Event] {
        try read { state in
            state.events.dropFirst(max(0, Int(sequence))).lazy
                .filter { event in certificate.map { $0 == event.draft.certificate } ?? true }
                .prefix(limit).map { $0 }
        }
    }

    public func latestEvents(certificate: String?, limit: Int) async throws -> [Event] {
        try read { state in
            state.events.reversed().lazy
                .filter { event in certificate.map { $0 == event.draft.certificate } ?? true }
                .prefix(limit).map { $0 }
        }
    }

    public func auditHead() async throws -> AuditHead? { try read { $0.head } }

    public func secrets() async throws -> [SecretRecord] {
        try read { $0.secrets.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) } }
    }

    public func secret(named name: String) async throws -> SecretRecord? { try read { $0.secrets[name] } }

    public func pluginState(scope: String, key: String) async throws -> PluginStateRecord? {
        try read { $0.pluginStates[.init(scope: scope, key: key)] }
    }

    public func notice(_ id: Int64) async throws -> NoticeRecord? { try read { $0.notices[id] } }

    public func document(_ kind: DocumentRecord.Kind, _ key: String) async throws -> DocumentRecord? {
        try read { $0.documents[MemoryState.DocumentKey(kind: kind, key: key)] }
    }

    public func documents(_ kind: DocumentRecord.Kind, owner: String?) async throws -> [DocumentRecord] {
        try read { state in
            state.documents.values.filter { $0.kind == kind && owner ?? $0.owner == $0.owner }
                .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        }
    }

    public func meta(_ key: String) async throws -> String? { try read { $0.meta[key] } }

    public func due(_ work: WorkKey) async throws -> DueRecord? { try read { $0.due[work] } }

    public func due(before limit: Instant, count: Int) async throws -> [DueRecord] {
        try read { state in
            state.due.values.filter { $0.at < limit }
                .sorted { ($0.at, $0.work.kind.rawValue, $0.work.id) < ($1.at, $1.work.kind.rawValue, $1.work.id) }
                .prefix(count).map { $0 }
        }
    }

    public func lease(_ work: WorkKey) async throws -> Claim? { try read { $0.leases[work]?.claim } }

    public func leases() async throws -> [Claim] {
        try read { $0.leases.values.map(\.claim).sorted { $0.fence < $1.fence } }
    }

    public func nextDue() async throws -> Instant? { try read { $0.due.values.lazy.map(\.at).min() } }

    public func nextDue(after instant: Instant) async throws -> Instant? {
        try read { $0.due.values.lazy.map(\.at).filter { $0 > instant }.min() }
    }

    public func owner(ofPlace place: String) async throws -> PlacementRecord? {
        try read { state in state.places[place].flatMap { state.placements[$0] } }
    }

    public func counts() async throws -> LedgerCounts {
        try read { state in
            var counts = LedgerCounts()
            counts.certificates = state.certificates.count
            counts.versions = state.versions.values.reduce(0) { $0 + $1.count }
            counts.placements = state.placements.count
            counts.events = state.events.count
            counts.due = state.due.count
            counts.leases = state.leases.count
            return counts
        }
    }
}

extension MemoryState {
    fileprivate func overview(_ id: Int64) -> CertificateOverview? {
        certificates[id].map { certificate in
            CertificateOverview(
                certificate: certificate, state: renewals[id] ?? RenewalState(certificate: id),
                placements: (placementsOf[id] ?? []).compactMap { placements[$0] })
        }
    }

    fileprivate func version(_ certificate: Int64, _ number: Int) -> Version? {
        guard let all = versions[certificate] else { return nil }
        let place = all.position { $0.record.number >= number }
        return place < all.endIndex && all[place].record.number == number ? all[place] : nil
    }

    fileprivate func versions(of certificate: Int64, limit: Int) -> [VersionRecord] {
        (versions[certificate] ?? []).suffix(max(0, limit)).reversed().map(\.record)
    }

    fileprivate func publications(of placement: Int64, limit: Int) -> [PublicationRecord] {
        (publications[placement] ?? []).suffix(max(0, limit)).reversed()
    }
}

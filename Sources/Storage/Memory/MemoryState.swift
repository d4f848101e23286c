import Automation
import Foundation

/// The tables of the in-memory ledger. A change that conflicts half way is undone, so that it leaves no trace.
struct MemoryState {
    struct VersionKey: Hashable {
        var certificate: Int64
        var number: Int
    }
    struct IntentKey: Hashable {
        var certificate: Int64
        var predecessor: Int
        var generation: Int
    }
    struct PublicationKey: Hashable {
        var placement: Int64
        var sequence: Int
    }
    struct StateKey: Hashable {
        var scope: String
        var key: String
    }
    struct Lease {
        var claim: Claim
        var owner: String
        /// What somebody scheduled while it was claimed.
        var again: DueRecord?
    }
    struct Version {
        var record: VersionRecord
        var material: VersionMaterial
    }

    var certificates: [Int64: CertificateRecord] = [:]
    var names: [String: Int64] = [:]
    var renewals: [Int64: RenewalState] = [:]
    var versions: [VersionKey: Version] = [:]
    var intents: [IntentKey: IntentRecord] = [:]
    var openIntents: [Int64: IntentKey] = [:]
    var placements: [Int64: PlacementRecord] = [:]
    var placementsOf: [Int64: [Int64]] = [:]
    var wishes: [Int64: PlacementWish] = [:]
    var places: [String: Int64] = [:]
    var publications: [PublicationKey: PublicationRecord] = [:]
    var attempts: [AttemptRecord] = []
    var due: [WorkKey: DueRecord] = [:]
    var leases: [WorkKey: Lease] = [:]
    var fences: [Fence: WorkKey] = [:]
    var secrets: [String: SecretRecord] = [:]
    var pluginStates: [StateKey: PluginStateRecord] = [:]
    var notices: [Int64: NoticeRecord] = [:]
    var meta: [String: String] = [:]
    var events: [Event] = []
    var nextFence: Int64 = 1
    var nextID: Int64 = 1

    private typealias Undo = (inout MemoryState) -> Void

    mutating func commit(_ change: Change, under fence: Fence?, _ chain: inout AuditChain) -> CommitOutcome {
        if let fence, fences[fence] == nil { return .fenceLost }
        if let release = change.release, leases[release.work]?.claim.fence != fence { return .fenceLost }
        var undo: [Undo] = []
        for write in change.writes {
            guard let conflict = apply(write, &undo) else { continue }
            for step in undo.reversed() { step(&self) }
            return .conflict(conflict)
        }
        if let release = change.release { end(release) }
        append(change.events, &chain)
        return .applied
    }

    mutating func append(_ drafts: [EventDraft], _ chain: inout AuditChain) {
        for draft in drafts {
            if !chain.isOpen {
                let head = events.last.map { ChainHead(chain: $0.chain, position: $0.position, mac: $0.mac) }
                events.append(chain.open(after: head, at: draft.at, sequence: Int64(events.count) + 1))
            }
            events.append(chain.append(draft, sequence: Int64(events.count) + 1))
        }
    }

    private mutating func end(_ release: Change.Release) {
        guard let lease = leases.removeValue(forKey: release.work) else { return }
        fences[lease.claim.fence] = nil
        due[release.work] = release.next
        if let again = lease.again { hasten(again) }
    }

    private mutating func hasten(_ record: DueRecord) {
        due[record.work] = due[record.work]?.hastened(by: record) ?? record
    }

    /// Writes one key and remembers what was there.
    private mutating func put<Key: Hashable, Value>(
        _ table: WritableKeyPath<MemoryState, [Key: Value]>, _ key: Key, _ value: Value?, _ undo: inout [Undo]
    ) {
        let before = self[keyPath: table][key]
        undo.append { $0[keyPath: table][key] = before }
        self[keyPath: table][key] = value
    }

    /// - Returns: why it conflicts, or nil.
    private mutating func apply(_ write: Change.Write, _ undo: inout [Undo]) -> String? {
        switch write {
        case .addCertificate(let record):
            guard certificates[record.id] == nil, names[record.name] == nil else {
                return "there is a certificate \(record.name) already"
            }
            put(\.certificates, record.id, record, &undo)
            put(\.names, record.name, record.id, &undo)
            put(\.renewals, record.id, RenewalState(certificate: record.id), &undo)
        case .changeCertificate(var record):
            guard certificates[record.id]?.revision == record.revision else {
                return "\(record.name) was changed meanwhile"
            }
            record.revision += 1
            put(\.certificates, record.id, record, &undo)
        case .removeCertificate(let id): remove(id, &undo)
        case .putRenewal(var state):
            state.heldNumber = renewals[state.certificate]?.heldNumber ?? 0
            put(\.renewals, state.certificate, state, &undo)
        case .noteHeld(let certificate, let number):
            guard var state = renewals[certificate], state.heldNumber < number else { break }
            state.heldNumber = number
            put(\.renewals, certificate, state, &undo)
        case .addVersion(let record, let material):
            let key = VersionKey(certificate: record.certificate, number: record.number)
            guard versions[key] == nil else { return "version \(record.number) is there already" }
            put(\.versions, key, Version(record: record, material: material), &undo)
        case .markRevoked(let certificate, let number, let at):
            let key = VersionKey(certificate: certificate, number: number)
            guard var version = versions[key] else { break }
            version.record.revokedAt = at
            put(\.versions, key, version, &undo)
        case .dropKey(let certificate, let number):
            let key = VersionKey(certificate: certificate, number: number)
            guard var version = versions[key] else { break }
            version.material.sealedKey = nil
            put(\.versions, key, version, &undo)
        case .openIntent(let record):
            let key = key(of: record)
            guard intents[key] == nil, openIntents[record.certificate] == nil else {
                return "an intent for the same predecessor and generation exists"
            }
            put(\.intents, key, record, &undo)
            put(\.openIntents, record.certificate, key, &undo)
        case .putIntent(let record):
            let key = key(of: record)
            guard intents[key]?.standing == .open else { return "the intent is closed" }
            put(\.intents, key, record, &undo)
            if record.standing != .open { put(\.openIntents, record.certificate, nil, &undo) }
        case .putPlacement(let record): return putPlacement(record, &undo)
        case .putWish(let wish): put(\.wishes, wish.placement, wish, &undo)
        case .ownPlaces(let placement, let wanted, let takingOver):
            if !takingOver, let taken = wanted.first(where: { places[$0] != nil && places[$0] != placement }) {
                return "\(taken) belongs to another publication"
            }
            for place in places.keys where places[place] == placement { put(\.places, place, nil, &undo) }
            for place in wanted { put(\.places, place, placement, &undo) }
        case .putPublication(let record):
            let key = PublicationKey(placement: record.placement, sequence: record.sequence)
            put(\.publications, key, record, &undo)
        case .addAttempt(let record):
            attempts.append(record)
            undo.append { $0.attempts.removeLast() }
        case .schedule(let record): schedule(record, &undo)
        case .hasten(let record): hasten(record, &undo)
        case .unschedule(let work):
            put(\.due, work, nil, &undo)
            if var lease = leases[work] {
                lease.again = nil
                put(\.leases, work, lease, &undo)
            }
        case .requireIdle(let work):
            if leases[work] != nil { return "it is being worked on" }
        case .putSecret(let record): put(\.secrets, record.name, record, &undo)
        case .removeSecret(let name): put(\.secrets, name, nil, &undo)
        case .putPluginState(let record, let replacing):
            let key = StateKey(scope: record.scope, key: record.key)
            guard pluginStates[key]?.digest == replacing else { return "\(record.key) was changed meanwhile" }
            put(\.pluginStates, key, record, &undo)
        case .putNotice(let record): put(\.notices, record.id, record, &undo)
        case .putMeta(let key, let value): put(\.meta, key, value, &undo)
        case .prune(let before):
            let (keptAttempts, keptNotices) = (attempts, notices)
            undo.append {
                $0.attempts = keptAttempts
                $0.notices = keptNotices
            }
            attempts.removeAll { $0.endedAt < before }
            notices = notices.filter { $0.value.sentAt.map { $0 >= before } ?? true }
        }
        return nil
    }

    private func key(of intent: IntentRecord) -> IntentKey {
        IntentKey(certificate: intent.certificate, predecessor: intent.predecessor, generation: intent.generation)
    }

    private mutating func putPlacement(_ record: PlacementRecord, _ undo: inout [Undo]) -> String? {
        let siblings = placementsOf[record.certificate] ?? []
        let taken = siblings.contains { id in
            id != record.id && placements[id]?.profile == record.profile && placements[id]?.target == record.target
        }
        if taken { return "there is a placement \(record.name) already" }
        put(\.placements, record.id, record, &undo)
        if !siblings.contains(record.id) {
            put(\.placementsOf, record.certificate, (siblings + [record.id]).sorted(), &undo)
        }
        return nil
    }

    private mutating func schedule(_ record: DueRecord, _ undo: inout [Undo]) {
        var record = record
        if var lease = leases[record.work] {
            if let again = lease.again { record = record.hastened(by: again) }
            lease.again = record
            put(\.leases, record.work, lease, &undo)
        } else {
            record.starts = max(record.starts, due[record.work]?.starts ?? 0)
            put(\.due, record.work, record, &undo)
        }
    }

    private mutating func hasten(_ record: DueRecord, _ undo: inout [Undo]) {
        guard leases[record.work] == nil else {
            schedule(record, &undo)
            return
        }
        let before = due[record.work]
        undo.append { $0.due[record.work] = before }
        hasten(record)
    }

    private mutating func remove(_ id: Int64, _ undo: inout [Undo]) {
        guard let record = certificates[id] else { return }
        for key in versions.keys where key.certificate == id { put(\.versions, key, nil, &undo) }
        for key in intents.keys where key.certificate == id { put(\.intents, key, nil, &undo) }
        for placement in placementsOf[id] ?? [] {
            for key in publications.keys where key.placement == placement { put(\.publications, key, nil, &undo) }
            for place in places.keys where places[place] == placement { put(\.places, place, nil, &undo) }
            put(\.wishes, placement, nil, &undo)
            put(\.placements, placement, nil, &undo)
            put(\.due, WorkKey(.publication, placement), nil, &undo)
        }
        put(\.placementsOf, id, nil, &undo)
        put(\.openIntents, id, nil, &undo)
        put(\.due, WorkKey(.renewal, id), nil, &undo)
        put(\.renewals, id, nil, &undo)
        put(\.names, record.name, nil, &undo)
        put(\.certificates, id, nil, &undo)
        let kept = attempts
        undo.append { $0.attempts = kept }
        attempts.removeAll { $0.certificate == id }
    }
}

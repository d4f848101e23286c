import Automation
import Foundation

extension MemoryState {
    /// - Returns: why it conflicts, or nil.
    mutating func apply(_ write: Change.Write, _ undo: inout [Undo]) -> String? {
        switch write {
        case .addCertificate(let record):
            guard certificates[record.id] == nil, names[record.name] == nil else {
                return "there is a certificate \(record.name) already"
            }
            put(\.certificates, record.id, record, &undo)
            put(\.names, record.name, record.id, &undo)
            put(\.renewals, record.id, RenewalState(certificate: record.id), &undo)
        case .changeCertificate(let record): return change(record, &undo)
        case .removeCertificate(let id): remove(id, &undo)
        case .putRenewal(var state):
            guard let known = renewals[state.certificate] else { return removed(state.certificate) }
            state.heldNumber = known.heldNumber
            put(\.renewals, state.certificate, state, &undo)
        case .noteHeld(let certificate, let number):
            guard var state = renewals[certificate], state.heldNumber < number else { break }
            state.heldNumber = number
            put(\.renewals, certificate, state, &undo)
        case .addVersion(let record, let material): return add(record, material, &undo)
        case .markRevoked(let certificate, let number, let at):
            changeVersion(certificate, number, &undo) { $0.record.revokedAt = at }
            if var state = renewals[certificate], state.current == number, state.revokedAt == nil {
                state.revokedAt = at
                put(\.renewals, certificate, state, &undo)
            }
        case .dropKey(let certificate, let number):
            changeVersion(certificate, number, &undo) { $0.material.sealedKey = nil }
        case .openIntent(let record): return open(record, &undo)
        case .putIntent(let record):
            let key = key(of: record)
            guard intents[key]?.standing == .open else { return "the intent is closed" }
            put(\.intents, key, record, &undo)
            if record.standing != .open { put(\.openIntents, record.certificate, nil, &undo) }
        case .putPlacement(let record): return putPlacement(record, &undo)
        case .putWish(var wish):
            guard wishes[wish.placement]?.revision ?? 0 == wish.revision else { return "somebody else asked meanwhile" }
            wish.revision += 1
            put(\.wishes, wish.placement, wish, &undo)
        case .ownPlaces(let placement, let wanted, let takingOver):
            if !takingOver, let taken = wanted.first(where: { places[$0].map { $0 != placement } ?? false }) {
                return "\(taken) belongs to another publication"
            }
            for (place, owner) in places where owner == placement { put(\.places, place, nil, &undo) }
            for place in wanted { put(\.places, place, placement, &undo) }
        case .putPublication(let record): putPublication(record, &undo)
        case .addAttempt(let record):
            attempts.append(record)
            undo.append { $0.attempts.removeLast() }
        case .schedule(let record): schedule(record, neverLater: false, &undo)
        case .hasten(let record): schedule(record, neverLater: true, &undo)
        case .unschedule(let work):
            put(\.due, work, nil, &undo)
            guard var lease = leases[work] else { break }
            lease.again = nil
            put(\.leases, work, lease, &undo)
        case .moveDue(let moves):
            for move in moves {
                guard var record = due[move.work], record.at == move.from else { continue }
                record.at = move.to
                record.deadline = move.deadline ?? record.deadline
                put(\.due, move.work, record, &undo)
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
        case .putDocument(var record):
            let key = DocumentKey(kind: record.kind, key: record.key)
            guard documents[key]?.revision ?? 0 == record.revision else { return "\(record.key) was changed meanwhile" }
            record.revision += 1
            put(\.documents, key, record, &undo)
        case .removeDocument(let kind, let key): put(\.documents, DocumentKey(kind: kind, key: key), nil, &undo)
        case .removeDocuments(let kind, let owner):
            for (key, record) in documents where key.kind == kind && record.owner == owner {
                put(\.documents, key, nil, &undo)
            }
        case .removeDocumentsEnded(let before):
            for (key, record) in documents where record.endsAt < before { put(\.documents, key, nil, &undo) }
        case .putMeta(let key, let value): put(\.meta, key, value, &undo)
        case .prune(let before, let limit): prune(before, limit, &undo)
        }
        return nil
    }

    private func removed(_ certificate: Int64) -> String { "certificate \(certificate) was removed" }

    private mutating func change(_ record: CertificateRecord, _ undo: inout [Undo]) -> String? {
        guard let known = certificates[record.id], known.revision == record.revision else {
            return "\(record.name) was changed meanwhile"
        }
        guard names[record.name].map({ $0 == record.id }) ?? true else {
            return "there is a certificate \(record.name) already"
        }
        var next = record
        next.revision += 1
        put(\.names, known.name, nil, &undo)
        put(\.names, record.name, record.id, &undo)
        put(\.certificates, record.id, next, &undo)
        return nil
    }

    private mutating func add(_ record: VersionRecord, _ material: VersionMaterial, _ undo: inout [Undo]) -> String? {
        guard certificates[record.certificate] != nil else { return removed(record.certificate) }
        let (certificate, number) = (record.certificate, record.number)
        let place = versions[certificate]?.position { $0.record.number >= number } ?? 0
        if let taken = versions[certificate]?.dropFirst(place).first, taken.record.number == number {
            return "version \(number) is there already"
        }
        versions[certificate, default: []].insert(Version(record: record, material: material), at: place)
        let (fingerprint, key) = (record.fingerprint.sha256, VersionKey(certificate: certificate, number: number))
        fingerprints[fingerprint, default: []].append(key)
        undo.append {
            $0.versions[certificate]?.remove(at: place)
            $0.fingerprints[fingerprint]?.removeAll { $0 == key }
        }
        return nil
    }

    private mutating func changeVersion(
        _ certificate: Int64, _ number: Int, _ undo: inout [Undo], _ body: (inout Version) -> Void
    ) {
        guard let place = versions[certificate]?.firstIndex(where: { $0.record.number == number }),
            let before = versions[certificate]?[place]
        else { return }
        var changed = before
        body(&changed)
        versions[certificate]?[place] = changed
        undo.append { $0.versions[certificate]?[place] = before }
    }

    /// Changes the array where it stands: histories grow long, and a copy for each write would cost their length.
    private mutating func putPublication(_ record: PublicationRecord, _ undo: inout [Undo]) {
        let placement = record.placement
        let place = publications[placement]?.position { $0.sequence >= record.sequence } ?? 0
        if let before = publications[placement]?.dropFirst(place).first, before.sequence == record.sequence {
            undo.append { $0.publications[placement]?[place] = before }
            publications[placement]?[place] = record
        } else {
            undo.append { $0.publications[placement]?.remove(at: place) }
            publications[placement, default: []].insert(record, at: place)
        }
    }

    private func key(of intent: IntentRecord) -> IntentKey {
        IntentKey(certificate: intent.certificate, predecessor: intent.predecessor, generation: intent.generation)
    }

    private mutating func open(_ record: IntentRecord, _ undo: inout [Undo]) -> String? {
        guard certificates[record.certificate] != nil else { return removed(record.certificate) }
        let key = key(of: record)
        guard intents[key] == nil, openIntents[record.certificate] == nil else {
            return "an intent for the same predecessor and generation exists"
        }
        put(\.intents, key, record, &undo)
        put(\.openIntents, record.certificate, key, &undo)
        return nil
    }

    private mutating func putPlacement(_ record: PlacementRecord, _ undo: inout [Undo]) -> String? {
        guard certificates[record.certificate] != nil else { return removed(record.certificate) }
        let siblings = placementsOf[record.certificate] ?? []
        let isTaken = siblings.contains { id in
            id != record.id && placements[id]?.profile == record.profile && placements[id]?.target == record.target
        }
        if isTaken { return "there is a placement \(record.name) already" }
        put(\.placements, record.id, record, &undo)
        if !siblings.contains(record.id) {
            put(\.placementsOf, record.certificate, (siblings + [record.id]).sorted(), &undo)
        }
        return nil
    }

    private mutating func schedule(_ record: DueRecord, neverLater: Bool, _ undo: inout [Undo]) {
        if var lease = leases[record.work] {
            var again = record
            again.starts = 0
            lease.again = lease.again?.hastened(by: again) ?? again
            put(\.leases, record.work, lease, &undo)
            return
        }
        var next = record
        if let known = due[record.work] {
            if neverLater { next = known.hastened(by: record) }
            next.starts = max(record.starts, known.starts)
        }
        put(\.due, record.work, next, &undo)
    }

    private mutating func prune(_ before: Instant, _ limit: Int, _ undo: inout [Undo]) {
        let (keptAttempts, keptNotices) = (attempts, notices)
        undo.append {
            $0.attempts = keptAttempts
            $0.notices = keptNotices
        }
        attempts = attempts.prefix(limit).filter { $0.endedAt >= before } + attempts.dropFirst(limit)
        notices = notices.filter { $0.value.sentAt.map { $0 >= before } ?? true }
    }

    private mutating func remove(_ id: Int64, _ undo: inout [Undo]) {
        guard let record = certificates[id] else { return }
        for key in intents.keys where key.certificate == id { put(\.intents, key, nil, &undo) }
        for placement in placementsOf[id] ?? [] {
            for (place, owner) in places where owner == placement { put(\.places, place, nil, &undo) }
            put(\.publications, placement, nil, &undo)
            put(\.wishes, placement, nil, &undo)
            put(\.placements, placement, nil, &undo)
            forget(WorkKey(.publication, placement), &undo)
        }
        forget(WorkKey(.renewal, id), &undo)
        put(\.placementsOf, id, nil, &undo)
        for fingerprint in Set((versions[id] ?? []).map(\.record.fingerprint.sha256)) {
            let kept = (fingerprints[fingerprint] ?? []).filter { $0.certificate != id }
            put(\.fingerprints, fingerprint, kept.isEmpty ? nil : kept, &undo)
        }
        put(\.versions, id, nil, &undo)
        put(\.openIntents, id, nil, &undo)
        put(\.renewals, id, nil, &undo)
        put(\.names, record.name, nil, &undo)
        put(\.certificates, id, nil, &undo)
        let kept = attempts
        undo.append { $0.attempts = kept }
        attempts.removeAll { $0.certificate == id }
    }

    /// Neither due nor leased any more.
    private mutating func forget(_ work: WorkKey, _ undo: inout [Undo]) {
        put(\.due, work, nil, &undo)
        if let lease = leases[work] { put(\.fences, lease.claim.fence, nil, &undo) }
        put(\.leases, work, nil, &undo)
    }
}

extension Array {
    /// Where the elements begin that are not before; the array is ordered by that.
    func position(where isNotBefore: (Element) -> Bool) -> Int {
        // What is written is nearly always the newest.
        if let last, !isNotBefore(last) { return endIndex }
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isNotBefore(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

import Automation
import Foundation
import PluginKit
import Storage

extension PlacementRecord: StoredRecord {
    static let table = StoredTable(
        "placement", key: ["id"],
        [
            "id", "certificate", "profile", "target", "created_at", "held_number", "held_fingerprint",
            "held_not_before", "held_not_after", "held_chain_not_after", "held_delivery", "held_since", "sequence",
            "proof_outcome", "proof_at", "proof_lines", "trouble", "wishes_done", "sweep_due", "asked_for",
        ])

    init(_ row: inout RowReader) throws {
        self.init(
            id: try row.integer(), certificate: try row.integer(), profile: try row.text(), target: try row.text(),
            createdAt: try row.instant())
        held = try Held(ifPresent: &row)
        sequence = try row.int()
        proof = try ProofRecord(ifPresent: &row)
        trouble = try row.ifPresent { try $0.json() }
        wishesDone = try row.int()
        sweepDue = try row.ifPresent { try $0.instant() }
        askedFor = try row.int()
    }

    func write(to row: inout RowWriter) throws {
        row.add(id)
        row.add(certificate)
        row.add(profile)
        row.add(target)
        row.add(createdAt)
        row.add(held?.number)
        row.add(held?.fingerprint.sha256)
        row.add(held?.life.notBefore)
        row.add(held?.life.notAfter)
        row.add(held?.life.chainNotAfter)
        row.add(held?.delivery)
        row.add(held?.since)
        row.add(sequence)
        row.add(proof?.outcome.rawValue)
        row.add(proof?.at)
        try row.add(json: proof?.lines)
        try row.add(json: trouble)
        row.add(wishesDone)
        row.add(sweepDue)
        row.add(askedFor)
    }
}

extension PlacementRecord.Held {
    /// From held_number to held_since.
    fileprivate init?(ifPresent row: inout RowReader) throws {
        let number = try row.ifPresent { try $0.int() }
        let fingerprint = try row.ifPresent { try $0.blob() }
        let life = try Life(ifPresent: &row)
        let delivery = try row.ifPresent { try $0.text() }
        let since = try row.ifPresent { try $0.instant() }
        guard let fingerprint, let life, let since else { return nil }
        self.init(
            number: number, fingerprint: Fingerprint(sha256: fingerprint), life: life, delivery: delivery, since: since)
    }
}

extension ProofRecord {
    /// From proof_outcome, proof_at, proof_lines.
    fileprivate init?(ifPresent row: inout RowReader) throws {
        let outcome = try row.ifPresent { try $0.word(Outcome.self) }
        let at = try row.ifPresent { try $0.instant() }
        let lines = try row.ifPresent { try $0.json([String].self) }
        guard let outcome, let at, let lines else { return nil }
        self.init(outcome: outcome, at: at, lines: lines)
    }
}

extension PlacementWish: StoredRecord {
    static let table = StoredTable("wish", key: ["placement"], ["placement", "body"])

    init(_ row: inout RowReader) throws {
        row.skip(1)
        self = try row.json()
    }

    func write(to row: inout RowWriter) throws {
        row.add(placement)
        try row.add(json: self)
    }
}

extension PublicationRecord: StoredRecord {
    static let table = StoredTable(
        "publication", key: ["placement", "sequence"],
        [
            "placement", "sequence", "version", "state", "failed_step", "delivery", "step", "handle_format", "handle",
            "receipt", "cause", "last_resort", "started_at", "ended_at",
        ])

    init(_ row: inout RowReader) throws {
        let (placement, sequence, version) = (try row.integer(), try row.int(), try row.int())
        let state = try row.word(PublicationState.self)
        let failedStep = try row.ifPresent { try $0.word(PublicationMachine.Step.self) }
        let delivery = try row.text()
        let step = try row.ifPresent { try $0.word(Step.self) }
        let handle = try Handle(ifPresent: &row)
        let receipt = try row.ifPresent { try $0.json(Receipt.self) }
        self.init(
            placement: placement, sequence: sequence, version: version, delivery: delivery, cause: try row.json(),
            isLastResort: try row.flag(), startedAt: try row.instant())
        self.state = state
        self.failedStep = failedStep
        self.step = step
        self.handle = handle
        self.receipt = receipt
        endedAt = try row.ifPresent { try $0.instant() }
    }

    func write(to row: inout RowWriter) throws {
        row.add(placement)
        row.add(sequence)
        row.add(version)
        row.add(state.rawValue)
        row.add(failedStep?.rawValue)
        row.add(delivery)
        row.add(step?.rawValue)
        row.add(handle?.format)
        row.add(handle?.content)
        try row.add(json: receipt)
        try row.add(json: cause)
        row.add(isLastResort)
        row.add(startedAt)
        row.add(endedAt)
    }
}

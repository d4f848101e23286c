import Automation
import Foundation
import GRDB
import PluginKit
import Storage

extension PlacementRecord {
    func row() throws -> RowToWrite {
        var row = RowToWrite("placement")
        row.set("id", id)
        row.set("certificate", certificate)
        row.set("profile", profile)
        row.set("target", target)
        row.set("created_at", createdAt)
        row.set("held_number", held?.number)
        row.set("held_fingerprint", held?.fingerprint.sha256)
        row.set("held_not_before", held?.life.notBefore)
        row.set("held_not_after", held?.life.notAfter)
        row.set("held_chain_not_after", held?.life.chainNotAfter)
        row.set("held_delivery", held?.delivery)
        row.set("held_since", held?.since)
        row.set("sequence", sequence)
        row.set("proof_outcome", proof?.outcome.rawValue)
        row.set("proof_at", proof?.at)
        row.set("proof_lines", try JSONText.encode(ifPresent: proof?.lines))
        row.set("trouble", try JSONText.encode(ifPresent: trouble))
        row.set("wishes_done", wishesDone)
        row.set("sweep_due", sweepDue)
        row.set("asked_for", askedFor)
        return row
    }

    init(_ row: Row) throws {
        self.init(
            id: row["id"], certificate: row["certificate"], profile: row["profile"], target: row["target"],
            createdAt: row.instant("created_at"))
        if let fingerprint = row["held_fingerprint"] as Data?, let life = Life(row, prefix: "held_") {
            held = Held(
                number: row["held_number"], fingerprint: Fingerprint(sha256: fingerprint), life: life,
                delivery: row["held_delivery"], since: row.instant("held_since"))
        }
        sequence = row["sequence"]
        if let outcome = row["proof_outcome"] as String? {
            proof = ProofRecord(
                outcome: try stored(ProofRecord.Outcome.self, outcome), at: row.instant("proof_at"),
                lines: try JSONText.decode([String].self, ifPresent: row["proof_lines"]) ?? [])
        }
        trouble = try JSONText.decode(Trouble.self, ifPresent: row["trouble"])
        wishesDone = row["wishes_done"]
        sweepDue = row.instant(ifPresent: "sweep_due")
        askedFor = row["asked_for"]
    }
}

extension PublicationRecord {
    func row() throws -> RowToWrite {
        var row = RowToWrite("publication")
        row.set("placement", placement)
        row.set("sequence", sequence)
        row.set("version", version)
        row.set("state", state.rawValue)
        row.set("failed_step", failedStep?.rawValue)
        row.set("delivery", delivery)
        row.set("step", step?.rawValue)
        row.set("handle_format", handle?.format)
        row.set("handle", handle?.content)
        row.set("receipt", try JSONText.encode(ifPresent: receipt))
        row.set("cause", try JSONText.encode(cause))
        row.set("last_resort", isLastResort)
        row.set("started_at", startedAt)
        row.set("ended_at", endedAt)
        return row
    }

    init(_ row: Row) throws {
        self.init(
            placement: row["placement"], sequence: row["sequence"], version: row["version"],
            delivery: row["delivery"], cause: try JSONText.decode(Cause.self, row["cause"]),
            isLastResort: row["last_resort"], startedAt: row.instant("started_at"))
        state = try stored(PublicationState.self, row["state"])
        failedStep = try (row["failed_step"] as String?).map { try stored(PublicationMachine.Step.self, $0) }
        step = try (row["step"] as String?).map { try stored(Step.self, $0) }
        handle = Handle(row)
        receipt = try JSONText.decode(Receipt.self, ifPresent: row["receipt"])
        endedAt = row.instant(ifPresent: "ended_at")
    }
}

extension AttemptRecord {
    func row() throws -> RowToWrite {
        var row = RowToWrite("attempt")
        row.set("kind", work.kind.rawValue)
        row.set("subject", work.id)
        row.set("certificate", certificate)
        row.set("target", target)
        row.set("version", version)
        row.set("started_at", startedAt)
        row.set("ended_at", endedAt)
        row.set("outcome", outcome.rawValue)
        row.set("class", kind?.rawValue)
        row.set("code", code)
        row.set("message", message)
        row.set("remedy", remedy)
        row.set("step", step)
        row.set("output", output)
        row.set("notes", try JSONText.encode(notes))
        return row
    }

    init(_ row: Row) throws {
        self.init(
            work: WorkKey(try stored(WorkKey.Kind.self, row["kind"]), row["subject"]),
            certificate: row["certificate"], target: row["target"], version: row["version"],
            startedAt: row.instant("started_at"), endedAt: row.instant("ended_at"),
            outcome: try stored(Outcome.self, row["outcome"]),
            kind: try (row["class"] as String?).map { try stored(FailureClass.self, $0) }, code: row["code"],
            message: row["message"], remedy: row["remedy"], step: row["step"], output: row["output"],
            notes: try JSONText.decode([String].self, row["notes"]))
    }
}

extension Event {
    init(_ row: Row) throws {
        self.init(
            sequence: row["sequence"], chain: row["chain"], position: row["position"],
            draft: EventDraft(
                at: row.instant("at"), actor: row["actor"], kind: row["kind"], certificate: row["certificate"],
                subject: row["subject"], reason: row["reason"],
                detail: try JSONText.decode([String: String].self, row["detail"])),
            mac: row["mac"])
    }
}

extension DueRecord {
    init(_ row: Row) throws {
        self.init(
            WorkKey(try stored(WorkKey.Kind.self, row["kind"]), row["id"]), at: row.instant("at"),
            deadline: row.instant("deadline"), group: row["group"], starts: row["starts"], isManual: row["manual"])
    }
}

extension Claim {
    init(_ row: Row) throws {
        self.init(
            work: WorkKey(try stored(WorkKey.Kind.self, row["kind"]), row["id"]), fence: Fence(token: row["fence"]),
            until: row.instant("until"), dueAt: row.instant("due_at"), deadline: row.instant("deadline"),
            group: row["group"], starts: row["starts"], isManual: row["manual"])
    }
}

extension NoticeRecord {
    init(_ row: Row) throws { self = try JSONText.decode(NoticeRecord.self, row["body"]) }
}

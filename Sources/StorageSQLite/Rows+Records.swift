import Automation
import Foundation
import PluginKit
import Storage

extension AttemptRecord: StoredRecord {
    static let table = StoredTable(
        "attempt", key: [],
        [
            "kind", "subject", "certificate", "target", "version", "serves", "started_at", "ended_at", "outcome",
            "class", "code",
            "message", "remedy", "step", "output", "notes",
        ])

    init(_ row: inout RowReader) throws {
        self.init(
            work: try WorkKey(&row), certificate: try row.integer(), target: try row.ifPresent { try $0.text() },
            version: try row.ifPresent { try $0.int() }, serves: try row.ifPresent { try $0.int() },
            startedAt: try row.instant(), endedAt: try row.instant(), outcome: try row.word(),
            kind: try row.ifPresent { try $0.word() },
            code: try row.ifPresent { try $0.text() }, message: try row.ifPresent { try $0.text() },
            remedy: try row.ifPresent { try $0.text() }, step: try row.ifPresent { try $0.text() },
            output: try row.ifPresent { try $0.text() }, notes: try row.json())
    }

    func write(to row: inout RowWriter) throws {
        row.add(work.kind.rawValue)
        row.add(work.id)
        row.add(certificate)
        row.add(target)
        row.add(version)
        row.add(serves)
        row.add(startedAt)
        row.add(endedAt)
        row.add(outcome.rawValue)
        row.add(kind?.rawValue)
        row.add(code)
        row.add(message)
        row.add(remedy)
        row.add(step)
        row.add(output)
        try row.add(json: notes)
    }
}

extension WorkKey {
    /// From kind, id.
    init(_ row: inout RowReader) throws { self.init(try row.word(), try row.integer()) }
}

extension Event: StoredRecord {
    static let table = StoredTable(
        "event", key: ["sequence"],
        [
            "sequence", "chain", "position", "at", "actor", "kind", "certificate", "subject", "reason", "detail", "mac",
        ])

    init(_ row: inout RowReader) throws {
        let (sequence, chain, position) = (try row.integer(), try row.text(), try row.integer())
        let draft = EventDraft(
            at: try row.instant(), actor: try row.text(), kind: try row.text(), certificate: try row.text(),
            subject: try row.text(), reason: try row.text(), detail: try row.json())
        self.init(sequence: sequence, chain: chain, position: position, draft: draft, mac: try row.blob())
    }

    func write(to row: inout RowWriter) throws {
        row.add(sequence)
        row.add(chain)
        row.add(position)
        row.add(draft.at)
        row.add(draft.actor)
        row.add(draft.kind)
        row.add(draft.certificate)
        row.add(draft.subject)
        row.add(draft.reason)
        row.add(JSONText.encode(draft.detail))
        row.add(mac)
    }
}

extension AuditHead: StoredRecord {
    /// One row.
    static let table = StoredTable("audit_head", key: ["id"], ["id", "sequence", "mac", "code"])

    init(_ row: inout RowReader) throws {
        row.skip(1)
        self.init(sequence: try row.integer(), mac: try row.blob(), code: try row.blob())
    }

    func write(to row: inout RowWriter) throws {
        row.add(1)
        row.add(sequence)
        row.add(mac)
        row.add(code)
    }
}

extension DueRecord: StoredRecord {
    static let table = StoredTable(
        "due", key: ["at", "kind", "id"], ["at", "kind", "id", "deadline", "work_group", "starts", "manual"])

    init(_ row: inout RowReader) throws {
        let at = try row.instant()
        self.init(
            try WorkKey(&row), at: at, deadline: try row.instant(), group: try row.integer(), starts: try row.int(),
            isManual: try row.flag())
    }

    func write(to row: inout RowWriter) throws {
        row.add(at)
        row.add(work.kind.rawValue)
        row.add(work.id)
        row.add(deadline)
        row.add(group)
        row.add(starts)
        row.add(isManual)
    }
}

extension SecretRecord: StoredRecord {
    static let table = StoredTable("secret", key: ["name"], ["name", "sealed", "set_at", "set_by"])

    init(_ row: inout RowReader) throws {
        self.init(name: try row.text(), sealed: try row.blob(), setAt: try row.instant(), setBy: try row.text())
    }

    func write(to row: inout RowWriter) throws {
        row.add(name)
        row.add(sealed)
        row.add(setAt)
        row.add(setBy)
    }
}

extension PluginStateRecord: StoredRecord {
    static let table = StoredTable("plugin_state", key: ["scope", "key"], ["scope", "key", "sealed", "digest"])

    init(_ row: inout RowReader) throws {
        self.init(scope: try row.text(), key: try row.text(), sealed: try row.blob(), digest: try row.blob())
    }

    func write(to row: inout RowWriter) throws {
        row.add(scope)
        row.add(key)
        row.add(sealed)
        row.add(digest)
    }
}

extension NoticeRecord: StoredRecord {
    static let table = StoredTable("notice", key: ["id"], ["id", "body", "sent_at"])

    init(_ row: inout RowReader) throws {
        row.skip(1)
        self = try row.json()
    }

    func write(to row: inout RowWriter) throws {
        row.add(id)
        try row.add(json: self)
        row.add(sentAt)
    }
}

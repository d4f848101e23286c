import Automation
import Foundation
import PluginKit
import Storage

extension RenewalState: StoredRecord {
    /// `held_number` has a way of its own.
    static let table = StoredTable(
        "renewal", key: ["certificate"],
        [
            "certificate", "held_number", "current", "not_before", "not_after", "chain_not_after", "stored_at",
            "issued_here", "revoked_at", "advice_start", "advice_end", "advice_first", "advice_learnt", "advice_due",
            "early_at", "early_version", "generation", "renewals_done", "reissues_done", "barred", "trouble",
            "advice_explanation",
        ], keeping: ["held_number"])

    init(_ row: inout RowReader) throws {
        self.init(certificate: try row.integer())
        heldNumber = try row.int()
        current = try row.int()
        life = try Life(ifPresent: &row)
        storedAt = try row.ifPresent { try $0.instant() }
        issuedHere = try row.flag()
        revokedAt = try row.ifPresent { try $0.instant() }
        advice = try RenewalSituation.CAWindow(ifPresent: &row)
        adviceDue = try row.ifPresent { try $0.instant() }
        earlyFollowedAt = try row.ifPresent { try $0.instant() }
        earlyFollowedVersion = try row.int()
        generation = try row.int()
        renewalsDone = try row.int()
        reissuesDone = try row.int()
        barred = try row.ifPresent { try $0.text() }
        trouble = try row.ifPresent { try $0.json() }
        adviceExplanation = try row.ifPresent { try $0.text() }
    }

    func write(to row: inout RowWriter) throws {
        row.add(certificate)
        row.add(heldNumber)
        row.add(current)
        row.add(life?.notBefore)
        row.add(life?.notAfter)
        row.add(life?.chainNotAfter)
        row.add(storedAt)
        row.add(issuedHere)
        row.add(revokedAt)
        row.add(advice?.start)
        row.add(advice?.end)
        row.add(advice?.firstStart)
        row.add(advice?.learnt)
        row.add(adviceDue)
        row.add(earlyFollowedAt)
        row.add(earlyFollowedVersion)
        row.add(generation)
        row.add(renewalsDone)
        row.add(reissuesDone)
        row.add(barred)
        try row.add(json: trouble)
        row.add(adviceExplanation)
    }
}

extension RenewalSituation.CAWindow {
    /// From start, end, first, learnt.
    init?(ifPresent row: inout RowReader) throws {
        let start = try row.ifPresent { try $0.instant() }
        let end = try row.ifPresent { try $0.instant() }
        let first = try row.ifPresent { try $0.instant() }
        let learnt = try row.ifPresent { try $0.instant() }
        guard let start, let end, let first, let learnt else { return nil }
        self.init(start: start, end: end, firstStart: first, learnt: learnt)
    }
}

extension Life {
    /// From not_before, not_after, chain_not_after.
    init?(ifPresent row: inout RowReader) throws {
        let notBefore = try row.ifPresent { try $0.instant() }
        let notAfter = try row.ifPresent { try $0.instant() }
        let chainNotAfter = try row.ifPresent { try $0.instant() }
        guard let notBefore, let notAfter else { return nil }
        self.init(notBefore: notBefore, notAfter: notAfter, chainNotAfter: chainNotAfter)
    }
}

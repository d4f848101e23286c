import Automation
import Foundation
import GRDB
import PluginKit
import Storage

extension CertificateRecord {
    func row() throws -> RowToWrite {
        var row = RowToWrite("certificate")
        row.set("id", id)
        row.set("name", name)
        row.set("subjects", try JSONText.encode(subjects))
        row.set("key_type", key.type.rawValue)
        row.set("key_reuse", key.reuse)
        row.set("issuer", issuer)
        row.set("labels", try JSONText.encode(labels))
        row.set("owner", owner)
        row.set("note", note)
        let rules = flow.rules
        row.set("renewal_on", rules.renewalEnabled)
        row.set("renew_in", rules.renewIn.code)
        row.set("days", rules.renewIn.days)
        row.set("publication_on", rules.publicationEnabled)
        row.set("publish_on", rules.publishOn.rawValue)
        row.set("last_resort", rules.lastResort.rawValue)
        row.set("earlier", rules.earlier)
        row.set("cells", Int64(bitPattern: rules.window.cells.bits))
        row.set("zone", rules.window.zone.identifier)
        row.set("publication_cells", rules.publicationWindow.map { Int64(bitPattern: $0.cells.bits) })
        row.set("publication_zone", rules.publicationWindow?.zone.identifier)
        row.set("profiles", try JSONText.encode(flow.profiles))
        row.set("seed", seed)
        row.set("created_at", createdAt)
        row.set("publication_since", publicationSince)
        row.set("pause", try JSONText.encode(ifPresent: pause))
        row.set("retired", isRetired)
        row.set("renewals_asked", renewalsAsked)
        row.set("reissues_asked", reissuesAsked)
        row.set("reissue_asked_at", reissueAskedAt)
        row.set("revision", revision)
        return row
    }

    init(_ row: Row) throws {
        self.init(
            id: row["id"], name: row["name"], subjects: try JSONText.decode([Subject].self, row["subjects"]),
            key: KeyPolicy(type: try stored(KeyType.self, row["key_type"]), reuse: row["key_reuse"]),
            issuer: row["issuer"], labels: try JSONText.decode([String: String].self, row["labels"]),
            owner: row["owner"], note: row["note"],
            flow: Flow(
                rules: try FlowRules(
                    row, zone: row["zone"], publicationZone: row["publication_zone"]),
                profiles: try JSONText.decode([String].self, row["profiles"])),
            seed: row["seed"], createdAt: row.instant("created_at"), revision: row["revision"])
        publicationSince = row.instant("publication_since")
        pause = try JSONText.decode(Pause.self, ifPresent: row["pause"])
        isRetired = row["retired"]
        renewalsAsked = row["renewals_asked"]
        reissuesAsked = row["reissues_asked"]
        reissueAskedAt = row.instant(ifPresent: "reissue_asked_at")
    }
}

extension FlowRules {
    /// - Throws: `StorageError` where a zone is no longer known.
    init(_ row: Row, zone: String, publicationZone: String?) throws {
        let cells = Cells(bits: UInt64(bitPattern: row["cells"] as Int64))
        self.init(
            renewalEnabled: row["renewal_on"], renewIn: RenewIn(code: row["renew_in"], days: row["days"]),
            publicationEnabled: row["publication_on"],
            publishOn: try stored(PublishOn.self, row["publish_on"]),
            lastResort: try stored(LastResort.self, row["last_resort"]),
            window: Window(cells, zone: try Self.zone(zone)), earlier: row["earlier"])
        if let bits = row["publication_cells"] as Int64?, let publicationZone {
            publicationWindow = Window(Cells(bits: UInt64(bitPattern: bits)), zone: try Self.zone(publicationZone))
        }
    }

    static func zone(_ identifier: String) throws -> Zone {
        guard let zone = ZoneTable.shared[identifier] else {
            throw StorageError(
                .databaseUnusable, "A flow uses the time zone \(identifier), which this system does not know.",
                remedy: "Update certflow's zone data, or change the flow's zone with `certflow apply`.")
        }
        return zone
    }
}

extension RenewIn {
    /// As stored: 0 automatic, 1 before, 2 on, 3 after.
    var code: Int {
        switch self {
        case .automatic: 0
        case .beforeExpiration: 1
        case .onExpiration: 2
        case .afterExpiration: 3
        }
    }

    var days: Int {
        switch self {
        case .beforeExpiration(let days), .afterExpiration(let days): days
        case .automatic, .onExpiration: 0
        }
    }

    init(code: Int, days: Int) {
        switch code {
        case 1: self = .beforeExpiration(days: days)
        case 2: self = .onExpiration
        case 3: self = .afterExpiration(days: days)
        default: self = .automatic
        }
    }
}

extension RenewalState {
    /// All columns but `held_number`, which only grows by itself.
    func row() throws -> RowToWrite {
        var row = RowToWrite("renewal")
        row.set("certificate", certificate)
        row.set("current", current)
        row.set("not_before", life?.notBefore)
        row.set("not_after", life?.notAfter)
        row.set("chain_not_after", life?.chainNotAfter)
        row.set("stored_at", storedAt)
        row.set("issued_here", issuedHere)
        row.set("revoked_at", revokedAt)
        row.set("advice_start", advice?.start)
        row.set("advice_end", advice?.end)
        row.set("advice_first", advice?.firstStart)
        row.set("advice_learnt", advice?.learnt)
        row.set("advice_due", adviceDue)
        row.set("early_at", earlyFollowedAt)
        row.set("early_version", earlyFollowedVersion)
        row.set("generation", generation)
        row.set("renewals_done", renewalsDone)
        row.set("reissues_done", reissuesDone)
        row.set("barred", barred)
        row.set("trouble", try JSONText.encode(ifPresent: trouble))
        return row
    }

    init(_ row: Row) throws {
        self.init(certificate: row["certificate"])
        current = row["current"]
        life = Life(row, prefix: "")
        storedAt = row.instant(ifPresent: "stored_at")
        issuedHere = row["issued_here"]
        revokedAt = row.instant(ifPresent: "revoked_at")
        advice = RenewalSituation.CAWindow(row)
        adviceDue = row.instant(ifPresent: "advice_due")
        earlyFollowedAt = row.instant(ifPresent: "early_at")
        earlyFollowedVersion = row["early_version"]
        generation = row["generation"]
        renewalsDone = row["renewals_done"]
        reissuesDone = row["reissues_done"]
        barred = row["barred"]
        trouble = try JSONText.decode(Trouble.self, ifPresent: row["trouble"])
        heldNumber = row["held_number"]
    }
}

extension RenewalSituation.CAWindow {
    init?(_ row: Row) {
        guard let start = row.instant(ifPresent: "advice_start"), let end = row.instant(ifPresent: "advice_end"),
            let first = row.instant(ifPresent: "advice_first"), let learnt = row.instant(ifPresent: "advice_learnt")
        else { return nil }
        self.init(start: start, end: end, firstStart: first, learnt: learnt)
    }
}

extension Life {
    init?(_ row: Row, prefix: String) {
        guard let notBefore = row.instant(ifPresent: prefix + "not_before"),
            let notAfter = row.instant(ifPresent: prefix + "not_after")
        else { return nil }
        self.init(
            notBefore: notBefore, notAfter: notAfter,
            chainNotAfter: row.instant(ifPresent: prefix + "chain_not_after"))
    }
}

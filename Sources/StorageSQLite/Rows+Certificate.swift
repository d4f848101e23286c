import Automation
import Foundation
import PluginKit
import Storage

extension CertificateRecord: StoredRecord {
    static let table = StoredTable(
        "certificate", key: ["id"],
        [
            "id", "name", "subjects", "key_type", "key_reuse", "issuer", "labels", "owner", "note",
            "renewal_on", "renew_in", "days", "publication_on", "publish_on", "last_resort", "earlier", "cells", "zone",
            "publication_cells", "publication_zone", "profiles", "seed", "created_at", "publication_since", "pause",
            "retired", "renewals_asked", "reissues_asked", "reissue_asked_at", "revision",
            "fallback_issuer", "fallback_after",
        ])

    init(_ row: inout RowReader) throws {
        self.init(
            id: try row.integer(), name: try row.text(), subjects: try row.json(),
            key: KeyPolicy(type: try row.word(), reuse: try row.flag()), issuer: try row.text(),
            labels: try row.json(), owner: try row.text(), note: try row.text(),
            flow: Flow(rules: try FlowRules(&row), profiles: try row.json()), seed: try row.integer(),
            createdAt: try row.instant())
        publicationSince = try row.instant()
        pause = try row.ifPresent { try $0.json() }
        isRetired = try row.flag()
        renewalsAsked = try row.int()
        reissuesAsked = try row.int()
        reissueAskedAt = try row.ifPresent { try $0.instant() }
        revision = try row.integer()
        let fallbackIssuer = try row.ifPresent { try $0.text() }
        let fallbackAfter = try row.ifPresent { try $0.integer() }
        if let fallbackIssuer, let fallbackAfter {
            fallback = Fallback(issuer: fallbackIssuer, after: .seconds(fallbackAfter))
        }
    }

    func write(to row: inout RowWriter) throws {
        row.add(id)
        row.add(name)
        try row.add(json: subjects)
        row.add(key.type.rawValue)
        row.add(key.reuse)
        row.add(issuer)
        try row.add(json: labels)
        row.add(owner)
        row.add(note)
        flow.rules.write(to: &row)
        try row.add(json: flow.profiles)
        row.add(seed)
        row.add(createdAt)
        row.add(publicationSince)
        try row.add(json: pause)
        row.add(isRetired)
        row.add(renewalsAsked)
        row.add(reissuesAsked)
        row.add(reissueAskedAt)
        row.add(revision)
        row.add(fallback?.issuer)
        row.add(fallback?.after.seconds)
    }
}

extension FlowRules {
    /// From renewal_on to publication_zone.
    init(_ row: inout RowReader) throws {
        self.init(
            renewalEnabled: try row.flag(), renewIn: try RenewIn(&row), publicationEnabled: try row.flag(),
            publishOn: try row.word(), lastResort: try row.word())
        earlier = try row.flag()
        window = Window(try Cells(&row), zone: try Zone.stored(&row))
        let publicationCells = try row.ifPresent { try Cells(&$0) }
        let publicationZone = try row.ifPresent { try Zone.stored(&$0) }
        if let publicationCells, let publicationZone {
            publicationWindow = Window(publicationCells, zone: publicationZone)
        }
    }

    fileprivate func write(to row: inout RowWriter) {
        row.add(renewalEnabled)
        row.add(renewIn.code)
        row.add(renewIn.days)
        row.add(publicationEnabled)
        row.add(publishOn.rawValue)
        row.add(lastResort.rawValue)
        row.add(earlier)
        row.add(Int64(bitPattern: window.cells.bits))
        row.add(window.zone.identifier)
        row.add(publicationWindow.map { Int64(bitPattern: $0.cells.bits) })
        row.add(publicationWindow?.zone.identifier)
    }
}

extension Cells {
    fileprivate init(_ row: inout RowReader) throws { self.init(bits: UInt64(bitPattern: try row.integer())) }
}

extension Zone {
    fileprivate static func stored(_ row: inout RowReader) throws -> Zone {
        let identifier = try row.text()
        guard let zone = ZoneTable.shared[identifier] else { throw StorageError.unknownZone(identifier) }
        return zone
    }
}

extension RenewIn {
    /// As stored: 0 automatic, 1 before, 2 on, 3 after.
    fileprivate var code: Int {
        switch self {
        case .automatic: 0
        case .beforeExpiration: 1
        case .onExpiration: 2
        case .afterExpiration: 3
        }
    }

    fileprivate var days: Int {
        switch self {
        case .beforeExpiration(let days), .afterExpiration(let days): days
        case .automatic, .onExpiration: 0
        }
    }

    fileprivate init(_ row: inout RowReader) throws {
        let code = try row.int()
        let days = try row.int()
        switch code {
        case 0: self = .automatic
        case 1: self = .beforeExpiration(days: days)
        case 2: self = .onExpiration
        case 3: self = .afterExpiration(days: days)
        default: throw StorageError.unknownWord(String(code), RenewIn.self)
        }
    }
}

import Automation
import Foundation
import GRDB
import PluginKit
import Storage

extension SQLiteLedger {
    public func certificate(named name: String) async throws -> CertificateRecord? {
        try await read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM certificate WHERE name = ?", arguments: [name])
                .map(CertificateRecord.init)
        }
    }

    public func certificate(_ id: Int64) async throws -> CertificateRecord? {
        try await read { db in try db.certificate(id) }
    }

    public func certificates(after name: String?, limit: Int) async throws -> [CertificateRecord] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM certificate WHERE name > ? ORDER BY name LIMIT ?",
                arguments: [name ?? "", limit]
            ).map(CertificateRecord.init)
        }
    }

    public func overviews(after id: Int64, limit: Int) async throws -> [CertificateOverview] {
        try await read { db in
            let ids = try Int64.fetchAll(
                db, sql: "SELECT id FROM certificate WHERE id > ? ORDER BY id LIMIT ?", arguments: [id, limit])
            return try ids.compactMap { try db.overview($0) }
        }
    }

    public func overview(_ id: Int64) async throws -> CertificateOverview? {
        try await read { db in try db.overview(id) }
    }

    public func renewalContext(_ certificate: Int64) async throws -> RenewalContext? {
        try await read { db in
            guard let overview = try db.overview(certificate) else { return nil }
            let current = try Row.fetchOne(
                db, sql: "SELECT \(VersionRecord.columns) FROM version WHERE certificate = ? AND number = ?",
                arguments: [certificate, overview.state.current])
            let intent = try Row.fetchOne(
                db, sql: "SELECT * FROM intent WHERE certificate = ? AND standing = 'open'", arguments: [certificate])
            return RenewalContext(
                certificate: overview.certificate, state: overview.state, current: try current.map(VersionRecord.init),
                openIntent: try intent.map(IntentRecord.init), placements: overview.placements)
        }
    }

    public func publicationContext(_ placement: Int64) async throws -> PublicationContext? {
        try await read { db in
            guard let record = try db.placement(placement), let overview = try db.overview(record.certificate) else {
                return nil
            }
            return PublicationContext(
                certificate: overview.certificate, state: overview.state,
                versions: try db.versions(of: record.certificate, limit: PublicationContext.versionsRead),
                placement: record, wish: try db.wish(placement),
                publications: try db.publications(of: placement, limit: PublicationContext.publicationsRead),
                siblings: overview.placements.filter { $0.profile == record.profile })
        }
    }

    public func versions(of certificate: Int64, limit: Int) async throws -> [VersionRecord] {
        try await read { db in try db.versions(of: certificate, limit: limit) }
    }

    public func version(of certificate: Int64, number: Int) async throws -> VersionRecord? {
        try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT \(VersionRecord.columns) FROM version WHERE certificate = ? AND number = ?",
                arguments: [certificate, number]
            ).map(VersionRecord.init)
        }
    }

    public func version(withFingerprint fingerprint: Data) async throws -> VersionRecord? {
        try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT \(VersionRecord.columns) FROM version WHERE fingerprint = ?", arguments: [fingerprint]
            ).map(VersionRecord.init)
        }
    }

    public func material(of certificate: Int64, number: Int) async throws -> VersionMaterial? {
        try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT chain, sealed_key FROM version WHERE certificate = ? AND number = ?",
                arguments: [certificate, number]
            ).map { VersionMaterial(chain: Blocks.decode($0["chain"]), sealedKey: $0["sealed_key"]) }
        }
    }

    public func versionsWithKeys(endedBefore end: Instant, limit: Int) async throws -> [VersionRecord] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT \(VersionRecord.columns) FROM version
                    WHERE sealed_key IS NOT NULL AND not_after < ? ORDER BY not_after, certificate LIMIT ?
                    """, arguments: [end.seconds, limit]
            ).map(VersionRecord.init)
        }
    }

    public func placements(of certificate: Int64) async throws -> [PlacementRecord] {
        try await read { db in try db.placements(of: certificate) }
    }

    public func placements(profile: String) async throws -> [PlacementRecord] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM placement WHERE profile = ? ORDER BY id", arguments: [profile]
            ).map(PlacementRecord.init)
        }
    }

    public func placement(_ id: Int64) async throws -> PlacementRecord? {
        try await read { db in try db.placement(id) }
    }

    public func wish(of placement: Int64) async throws -> PlacementWish {
        try await read { db in try db.wish(placement) }
    }

    public func publications(of placement: Int64, limit: Int) async throws -> [PublicationRecord] {
        try await read { db in try db.publications(of: placement, limit: limit) }
    }

    public func attempts(of certificate: Int64?, work: WorkKey?, limit: Int) async throws -> [AttemptRecord] {
        try await read { db in
            var conditions: [String] = []
            var arguments: StatementArguments = []
            if let certificate {
                conditions.append("certificate = ?")
                arguments += [certificate]
            }
            if let work {
                conditions.append("subject = ? AND kind = ?")
                arguments += [work.id, work.kind.rawValue]
            }
            let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
            arguments += [limit]
            return try Row.fetchAll(
                db, sql: "SELECT * FROM attempt \(filter) ORDER BY id DESC LIMIT ?", arguments: arguments
            ).map(AttemptRecord.init)
        }
    }

    public func attemptCount(of work: WorkKey) async throws -> Int {
        try await read { db in
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM attempt WHERE subject = ? AND kind = ?",
                arguments: [work.id, work.kind.rawValue]) ?? 0
        }
    }

    public func events(after sequence: Int64, certificate: String?, limit: Int) async throws -> [Event] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM event WHERE sequence > ? \(certificate == nil ? "" : "AND certificate = ?")
                    ORDER BY sequence LIMIT ?
                    """, arguments: certificate.map { [sequence, $0, limit] } ?? [sequence, limit]
            ).map(Event.init)
        }
    }

    public func latestEvents(certificate: String?, limit: Int) async throws -> [Event] {
        try await read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM event \(certificate == nil ? "" : "WHERE certificate = ?")
                    ORDER BY sequence DESC LIMIT ?
                    """, arguments: certificate.map { [$0, limit] } ?? [limit]
            ).map(Event.init)
        }
    }

    public func secrets() async throws -> [SecretRecord] {
        try await read { db in try Row.fetchAll(db, sql: "SELECT * FROM secret ORDER BY name").map(SecretRecord.init) }
    }

    public func secret(named name: String) async throws -> SecretRecord? {
        try await read { db in
            try Row.fetchOne(db, sql: "SELECT * FROM secret WHERE name = ?", arguments: [name]).map(SecretRecord.init)
        }
    }

    public func pluginState(scope: String, key: String) async throws -> PluginStateRecord? {
        try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT sealed, digest FROM plugin_state WHERE scope = ? AND key = ?", arguments: [scope, key]
            ).map { PluginStateRecord(scope: scope, key: key, sealed: $0["sealed"], digest: $0["digest"]) }
        }
    }

    public func notice(_ id: Int64) async throws -> NoticeRecord? {
        try await read { db in
            try Row.fetchOne(db, sql: "SELECT body FROM notice WHERE id = ?", arguments: [id]).map(NoticeRecord.init)
        }
    }

    public func meta(_ key: String) async throws -> String? {
        try await read { db in
            try String.fetchOne(db, sql: "SELECT value FROM meta WHERE key = ?", arguments: [key])
        }
    }

    public func due(_ work: WorkKey) async throws -> DueRecord? {
        try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM due WHERE id = ? AND kind = ?", arguments: [work.id, work.kind.rawValue]
            ).map(DueRecord.init)
        }
    }

    public func due(before limit: Instant, count: Int) async throws -> [DueRecord] {
        try await read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM due WHERE at < ? ORDER BY at, kind, id LIMIT ?",
                arguments: [limit.seconds, count]
            ).map(DueRecord.init)
        }
    }

    public func lease(_ work: WorkKey) async throws -> Claim? {
        try await read { db in
            try Row.fetchOne(
                db, sql: "SELECT * FROM lease WHERE id = ? AND kind = ?", arguments: [work.id, work.kind.rawValue]
            ).map(Claim.init)
        }
    }

    public func leases() async throws -> [Claim] {
        try await read { db in try Row.fetchAll(db, sql: "SELECT * FROM lease ORDER BY fence").map(Claim.init) }
    }

    public func nextDue() async throws -> Instant? {
        try await read { db in
            try Int64.fetchOne(db, sql: "SELECT min(at) FROM due").map(Instant.init(seconds:))
        }
    }

    public func nextDue(after instant: Instant) async throws -> Instant? {
        try await read { db in
            try Int64.fetchOne(db, sql: "SELECT min(at) FROM due WHERE at > ?", arguments: [instant.seconds])
                .map(Instant.init(seconds:))
        }
    }

    public func owner(ofPlace place: String) async throws -> PlacementRecord? {
        try await read { db in
            try Row.fetchOne(
                db,
                sql: "SELECT placement.* FROM placement JOIN place ON place.placement = placement.id WHERE place = ?",
                arguments: [place]
            ).map(PlacementRecord.init)
        }
    }

    public func counts() async throws -> LedgerCounts {
        try await read { db in
            func count(_ table: String) throws -> Int {
                try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
            }
            var counts = LedgerCounts()
            counts.certificates = try count("certificate")
            counts.versions = try count("version")
            counts.placements = try count("placement")
            counts.events = try count("event")
            counts.due = try count("due")
            counts.leases = try count("lease")
            return counts
        }
    }
}

extension Database {
    fileprivate func certificate(_ id: Int64) throws -> CertificateRecord? {
        try Row.fetchOne(cachedStatement(sql: "SELECT * FROM certificate WHERE id = ?"), arguments: [id])
            .map(CertificateRecord.init)
    }

    fileprivate func overview(_ id: Int64) throws -> CertificateOverview? {
        guard let certificate = try certificate(id) else { return nil }
        let state = try Row.fetchOne(
            cachedStatement(sql: "SELECT * FROM renewal WHERE certificate = ?"), arguments: [id])
        return CertificateOverview(
            certificate: certificate, state: try state.map(RenewalState.init) ?? RenewalState(certificate: id),
            placements: try placements(of: id))
    }

    fileprivate func placements(of certificate: Int64) throws -> [PlacementRecord] {
        try Row.fetchAll(
            cachedStatement(sql: "SELECT * FROM placement WHERE certificate = ? ORDER BY id"),
            arguments: [certificate]
        ).map(PlacementRecord.init)
    }

    fileprivate func placement(_ id: Int64) throws -> PlacementRecord? {
        try Row.fetchOne(cachedStatement(sql: "SELECT * FROM placement WHERE id = ?"), arguments: [id])
            .map(PlacementRecord.init)
    }

    fileprivate func wish(_ placement: Int64) throws -> PlacementWish {
        let body = try String.fetchOne(
            cachedStatement(sql: "SELECT body FROM wish WHERE placement = ?"), arguments: [placement])
        return try JSONText.decode(PlacementWish.self, ifPresent: body) ?? PlacementWish(placement: placement)
    }

    fileprivate func versions(of certificate: Int64, limit: Int) throws -> [VersionRecord] {
        try Row.fetchAll(
            cachedStatement(
                sql: """
                    SELECT \(VersionRecord.columns) FROM version WHERE certificate = ? ORDER BY number DESC LIMIT ?
                    """), arguments: [certificate, limit]
        ).map(VersionRecord.init)
    }

    fileprivate func publications(of placement: Int64, limit: Int) throws -> [PublicationRecord] {
        try Row.fetchAll(
            cachedStatement(sql: "SELECT * FROM publication WHERE placement = ? ORDER BY sequence DESC LIMIT ?"),
            arguments: [placement, limit]
        ).map(PublicationRecord.init)
    }
}

extension SecretRecord {
    init(_ row: Row) {
        self.init(
            name: row["name"], sealed: row["sealed"], setAt: row.instant("set_at"), setBy: row["set_by"])
    }
}

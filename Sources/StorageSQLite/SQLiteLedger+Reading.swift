import Automation
import Foundation
import GRDB
import PluginKit
import Storage

extension SQLiteLedger {
    public func certificate(named name: String) async throws -> CertificateRecord? {
        try await look { db in try db.first("WHERE name = ?", .text(name)) }
    }

    public func certificate(_ id: Int64) async throws -> CertificateRecord? {
        try await look { db in try db.first("WHERE id = ?", .integer(id)) }
    }

    public func certificates(after name: String?, limit: Int) async throws -> [CertificateRecord] {
        try await read { db in try db.all("WHERE name > ? ORDER BY name LIMIT ?", .text(name ?? ""), SQLValue(limit)) }
    }

    public func issuersInUse() async throws -> Set<String> {
        try await read { db in
            let sql = """
                SELECT issuer FROM certificate WHERE retired = 0
                UNION SELECT fallback_issuer FROM certificate WHERE retired = 0 AND fallback_issuer IS NOT NULL
                """
            var names: Set<String> = []
            try db.cachedStatement(sql: sql).run([]) { row in names.insert(try row.text()) }
            return names
        }
    }

    public func overviews(after id: Int64, limit: Int) async throws -> [CertificateOverview] {
        try await read { db in
            let page: [CertificateRecord] = try db.all(
                "WHERE id > ? ORDER BY id LIMIT ?", .integer(id), SQLValue(limit))
            return try page.map { try db.overview(of: $0) }
        }
    }

    public func overview(_ id: Int64) async throws -> CertificateOverview? {
        try await look { db in try db.overview(id) }
    }

    public func overview(named name: String) async throws -> CertificateOverview? {
        try await look { db in
            guard let certificate: CertificateRecord = try db.first("WHERE name = ?", .text(name)) else { return nil }
            return try db.overview(of: certificate)
        }
    }

    public func renewalContext(_ certificate: Int64) async throws -> RenewalContext? {
        try await look { db in
            guard let overview = try db.overview(certificate) else { return nil }
            return RenewalContext(
                certificate: overview.certificate, state: overview.state,
                current: try db.version(of: certificate, overview.state.current),
                openIntent: try db.first("WHERE certificate = ? AND standing = 'open'", .integer(certificate)),
                placements: overview.placements)
        }
    }

    public func publicationContext(_ placement: Int64) async throws -> PublicationContext? {
        try await look { db in
            guard let record: PlacementRecord = try db.first("WHERE id = ?", .integer(placement)),
                let overview = try db.overview(record.certificate)
            else { return nil }
            return PublicationContext(
                certificate: overview.certificate, state: overview.state,
                versions: try db.versions(of: record.certificate, limit: PublicationContext.versionsRead),
                placement: record, wish: try db.wish(placement),
                publications: try db.publications(of: placement, limit: PublicationContext.publicationsRead),
                siblings: overview.placements.filter { $0.profile == record.profile })
        }
    }

    public func versions(of certificate: Int64, limit: Int) async throws -> [VersionRecord] {
        try await read(atMost: limit) { db in try db.versions(of: certificate, limit: limit) }
    }

    public func version(of certificate: Int64, number: Int) async throws -> VersionRecord? {
        try await look { db in try db.version(of: certificate, number) }
    }

    public func version(withFingerprint fingerprint: Data) async throws -> VersionRecord? {
        try await look { db in
            try db.first("WHERE fingerprint = ? ORDER BY certificate, number LIMIT 1", .blob(fingerprint))
        }
    }

    public func material(of certificate: Int64, number: Int) async throws -> VersionMaterial? {
        try await look { db in
            var found: VersionMaterial?
            let sql = "SELECT chain, sealed_key FROM version WHERE certificate = ? AND number = ?"
            try db.cachedStatement(sql: sql).run([.integer(certificate), SQLValue(number)]) { row in
                found = VersionMaterial(
                    chain: try Blocks.decode(try row.blob()), sealedKey: try row.ifPresent { try $0.blob() })
            }
            return found
        }
    }

    public func versionsWithKeys(
        endedBefore end: Instant, after last: VersionRecord?, limit: Int
    ) async throws -> [VersionRecord] {
        try await read { db in
            try db.all(
                """
                WHERE sealed_key IS NOT NULL AND not_after < ? AND (not_after, certificate, number) > (?, ?, ?)
                ORDER BY not_after, certificate, number LIMIT ?
                """, SQLValue(end), SQLValue(last?.life.notAfter ?? .distantPast), .integer(last?.certificate ?? 0),
                SQLValue(last?.number ?? 0), SQLValue(limit))
        }
    }

    public func oldestAttempt() async throws -> Instant? {
        try await read { db in
            try db.integer("SELECT ended_at FROM attempt ORDER BY id LIMIT 1").map { Instant(seconds: $0) }
        }
    }

    public func placements(of certificate: Int64) async throws -> [PlacementRecord] {
        try await look { db in try db.placements(of: certificate) }
    }

    public func placements(profile: String) async throws -> [PlacementRecord] {
        try await read { db in try db.all("WHERE profile = ? ORDER BY id", .text(profile)) }
    }

    public func placement(_ id: Int64) async throws -> PlacementRecord? {
        try await look { db in try db.first("WHERE id = ?", .integer(id)) }
    }

    public func wish(of placement: Int64) async throws -> PlacementWish {
        try await look { db in try db.wish(placement) }
    }

    public func publications(of placement: Int64, limit: Int) async throws -> [PublicationRecord] {
        try await read(atMost: limit) { db in try db.publications(of: placement, limit: limit) }
    }

    public func owner(ofPlace place: String) async throws -> PlacementRecord? {
        try await look { db in
            try db.first("WHERE id = (SELECT placement FROM place WHERE place = ?)", .text(place))
        }
    }

    public func document(_ kind: DocumentRecord.Kind, _ key: String) async throws -> DocumentRecord? {
        try await look { db in try db.first("WHERE kind = ? AND key = ?", .text(kind.rawValue), .text(key)) }
    }

    public func documents(_ kind: DocumentRecord.Kind, owner: String?) async throws -> [DocumentRecord] {
        try await read { db in
            guard let owner else { return try db.all("WHERE kind = ? ORDER BY key", .text(kind.rawValue)) }
            return try db.all("WHERE kind = ? AND owner = ? ORDER BY key", .text(kind.rawValue), .text(owner))
        }
    }

    public func secrets() async throws -> [SecretRecord] {
        try await read { db in try db.all("ORDER BY name") }
    }

    public func secret(named name: String) async throws -> SecretRecord? {
        try await look { db in try db.first("WHERE name = ?", .text(name)) }
    }

    public func pluginState(scope: String, key: String) async throws -> PluginStateRecord? {
        try await look { db in try db.first("WHERE scope = ? AND key = ?", .text(scope), .text(key)) }
    }

    public func notice(_ id: Int64) async throws -> NoticeRecord? {
        try await look { db in try db.first("WHERE id = ?", .integer(id)) }
    }
}

extension Database {
    fileprivate func overview(_ id: Int64) throws -> CertificateOverview? {
        let certificate: CertificateRecord? = try first("WHERE id = ?", .integer(id))
        return try certificate.map { try overview(of: $0) }
    }

    fileprivate func overview(of certificate: CertificateRecord) throws -> CertificateOverview {
        let state: RenewalState? = try first("WHERE certificate = ?", .integer(certificate.id))
        return CertificateOverview(
            certificate: certificate, state: state ?? RenewalState(certificate: certificate.id),
            placements: try placements(of: certificate.id))
    }

    fileprivate func placements(of certificate: Int64) throws -> [PlacementRecord] {
        try all("WHERE certificate = ? ORDER BY id", .integer(certificate))
    }

    fileprivate func wish(_ placement: Int64) throws -> PlacementWish {
        try first("WHERE placement = ?", .integer(placement)) ?? PlacementWish(placement: placement)
    }

    fileprivate func version(of certificate: Int64, _ number: Int) throws -> VersionRecord? {
        try first("WHERE certificate = ? AND number = ?", .integer(certificate), SQLValue(number))
    }

    fileprivate func versions(of certificate: Int64, limit: Int) throws -> [VersionRecord] {
        try all("WHERE certificate = ? ORDER BY number DESC LIMIT ?", .integer(certificate), SQLValue(limit))
    }

    fileprivate func publications(of placement: Int64, limit: Int) throws -> [PublicationRecord] {
        try all("WHERE placement = ? ORDER BY sequence DESC LIMIT ?", .integer(placement), SQLValue(limit))
    }
}

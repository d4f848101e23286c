import Foundation
import GRDB
import Storage

/// The tables, by migrations that never change once they were released.
///
/// The tables that the claims touch are narrow and stand apart from the records: `due` is clustered by time, so that
/// what is due lies together, and `lease` holds only what is being worked on.
enum Schema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 foundation") { db in
            for statement in foundation { try db.execute(sql: statement) }
        }
        migrator.registerMigration("2 fallback issuer") { db in
            for statement in fallbackIssuer { try db.execute(sql: statement) }
        }
        migrator.registerMigration("3 documents") { db in
            for statement in documents { try db.execute(sql: statement) }
        }
        return migrator
    }()

    private static let documents = [
        """
        CREATE TABLE document (
          kind TEXT NOT NULL, key TEXT NOT NULL, owner TEXT NOT NULL, ends_at INTEGER NOT NULL,
          revision INTEGER NOT NULL, body TEXT NOT NULL,
          PRIMARY KEY (kind, key)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX document_owner ON document (kind, owner)",
        "CREATE INDEX document_end ON document (ends_at)",
    ]

    private static let fallbackIssuer = [
        "ALTER TABLE certificate ADD COLUMN fallback_issuer TEXT",
        "ALTER TABLE certificate ADD COLUMN fallback_after INTEGER",
        "ALTER TABLE renewal ADD COLUMN advice_explanation TEXT",
    ]

    private static let foundation = [
        """
        CREATE TABLE certificate (
          id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, subjects TEXT NOT NULL, key_type TEXT NOT NULL,
          key_reuse INTEGER NOT NULL, issuer TEXT NOT NULL, labels TEXT NOT NULL, owner TEXT NOT NULL,
          note TEXT NOT NULL, renewal_on INTEGER NOT NULL, renew_in INTEGER NOT NULL, days INTEGER NOT NULL,
          publication_on INTEGER NOT NULL, publish_on TEXT NOT NULL, last_resort TEXT NOT NULL,
          earlier INTEGER NOT NULL, cells INTEGER NOT NULL, zone TEXT NOT NULL, publication_cells INTEGER,
          publication_zone TEXT, profiles TEXT NOT NULL, seed INTEGER NOT NULL, created_at INTEGER NOT NULL,
          publication_since INTEGER NOT NULL, pause TEXT, retired INTEGER NOT NULL,
          renewals_asked INTEGER NOT NULL, reissues_asked INTEGER NOT NULL, reissue_asked_at INTEGER,
          revision INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE renewal (
          certificate INTEGER PRIMARY KEY, current INTEGER NOT NULL, not_before INTEGER, not_after INTEGER,
          chain_not_after INTEGER, stored_at INTEGER, issued_here INTEGER NOT NULL, revoked_at INTEGER,
          advice_start INTEGER, advice_end INTEGER, advice_first INTEGER, advice_learnt INTEGER,
          advice_due INTEGER, early_at INTEGER, early_version INTEGER NOT NULL, generation INTEGER NOT NULL,
          renewals_done INTEGER NOT NULL, reissues_done INTEGER NOT NULL, barred TEXT, trouble TEXT,
          held_number INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE version (
          certificate INTEGER NOT NULL, number INTEGER NOT NULL, predecessor INTEGER NOT NULL,
          subjects TEXT NOT NULL, fingerprint BLOB NOT NULL, serial TEXT NOT NULL, issuer_name TEXT NOT NULL,
          not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, chain_not_after INTEGER NOT NULL,
          stored_at INTEGER NOT NULL, source TEXT NOT NULL, key_type TEXT, issuer TEXT NOT NULL,
          follows_late INTEGER NOT NULL, revoked_at INTEGER, chain BLOB NOT NULL, sealed_key BLOB,
          PRIMARY KEY (certificate, number)
        ) STRICT
        """,
        "CREATE INDEX version_fingerprint ON version (fingerprint)",
        "CREATE INDEX version_keys ON version (not_after) WHERE sealed_key IS NOT NULL",
        """
        CREATE TABLE intent (
          certificate INTEGER NOT NULL, predecessor INTEGER NOT NULL, generation INTEGER NOT NULL,
          standing TEXT NOT NULL, phase INTEGER NOT NULL, request_digest BLOB NOT NULL, sealed_key BLOB NOT NULL,
          issuer TEXT NOT NULL, subjects TEXT NOT NULL, step TEXT, handle_format INTEGER, handle BLOB,
          pending_until INTEGER, opened_at INTEGER NOT NULL, cause TEXT NOT NULL,
          renewals_asked INTEGER NOT NULL, reissues_asked INTEGER NOT NULL,
          PRIMARY KEY (certificate, predecessor, generation)
        ) STRICT
        """,
        "CREATE UNIQUE INDEX intent_open ON intent (certificate) WHERE standing = 'open'",
        """
        CREATE TABLE placement (
          id INTEGER PRIMARY KEY, certificate INTEGER NOT NULL, profile TEXT NOT NULL, target TEXT NOT NULL,
          created_at INTEGER NOT NULL, held_number INTEGER, held_fingerprint BLOB, held_not_before INTEGER,
          held_not_after INTEGER, held_chain_not_after INTEGER, held_delivery TEXT, held_since INTEGER,
          sequence INTEGER NOT NULL, proof_outcome TEXT, proof_at INTEGER, proof_lines TEXT, trouble TEXT,
          wishes_done INTEGER NOT NULL, sweep_due INTEGER, asked_for INTEGER NOT NULL,
          UNIQUE (certificate, profile, target)
        ) STRICT
        """,
        "CREATE INDEX placement_profile ON placement (profile)",
        "CREATE TABLE wish (placement INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT",
        "CREATE TABLE place (place TEXT PRIMARY KEY, placement INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE INDEX place_placement ON place (placement)",
        """
        CREATE TABLE publication (
          placement INTEGER NOT NULL, sequence INTEGER NOT NULL, version INTEGER NOT NULL, state TEXT NOT NULL,
          failed_step TEXT, delivery TEXT NOT NULL, step TEXT, handle_format INTEGER, handle BLOB, receipt TEXT,
          cause TEXT NOT NULL, last_resort INTEGER NOT NULL, started_at INTEGER NOT NULL, ended_at INTEGER,
          PRIMARY KEY (placement, sequence)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE attempt (
          id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, subject INTEGER NOT NULL, certificate INTEGER NOT NULL,
          target TEXT, version INTEGER, serves INTEGER, started_at INTEGER NOT NULL, ended_at INTEGER NOT NULL,
          outcome TEXT NOT NULL, class TEXT, code TEXT, message TEXT, remedy TEXT, step TEXT, output TEXT,
          notes TEXT NOT NULL
        ) STRICT
        """,
        "CREATE INDEX attempt_certificate ON attempt (certificate)",
        "CREATE INDEX attempt_work ON attempt (subject, kind)",
        """
        CREATE TABLE event (
          sequence INTEGER PRIMARY KEY, chain TEXT NOT NULL, position INTEGER NOT NULL, at INTEGER NOT NULL,
          actor TEXT NOT NULL, kind TEXT NOT NULL, certificate TEXT NOT NULL, subject TEXT NOT NULL,
          reason TEXT NOT NULL, detail TEXT NOT NULL, mac BLOB NOT NULL
        ) STRICT
        """,
        "CREATE INDEX event_certificate ON event (certificate) WHERE certificate <> ''",
        """
        CREATE TABLE audit_head (
          id INTEGER PRIMARY KEY CHECK (id = 1), sequence INTEGER NOT NULL, mac BLOB NOT NULL, code BLOB NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE due (
          at INTEGER NOT NULL, kind INTEGER NOT NULL, id INTEGER NOT NULL, deadline INTEGER NOT NULL,
          work_group INTEGER NOT NULL, starts INTEGER NOT NULL, manual INTEGER NOT NULL,
          PRIMARY KEY (at, kind, id)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE UNIQUE INDEX due_work ON due (id, kind)",
        """
        CREATE TABLE lease (
          fence INTEGER PRIMARY KEY, kind INTEGER NOT NULL, id INTEGER NOT NULL, owner TEXT NOT NULL,
          until INTEGER NOT NULL, due_at INTEGER NOT NULL, deadline INTEGER NOT NULL, work_group INTEGER NOT NULL,
          starts INTEGER NOT NULL, manual INTEGER NOT NULL, again_at INTEGER, again_deadline INTEGER,
          again_group INTEGER, again_manual INTEGER
        ) STRICT
        """,
        "CREATE UNIQUE INDEX lease_work ON lease (id, kind)",
        "CREATE TABLE secret (name TEXT PRIMARY KEY, sealed BLOB NOT NULL, set_at INTEGER NOT NULL, set_by TEXT NOT NULL) STRICT",
        """
        CREATE TABLE plugin_state (
          scope TEXT NOT NULL, key TEXT NOT NULL, sealed BLOB NOT NULL, digest BLOB NOT NULL,
          PRIMARY KEY (scope, key)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE TABLE notice (id INTEGER PRIMARY KEY, body TEXT NOT NULL, sent_at INTEGER) STRICT",
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE TABLE counter (name TEXT PRIMARY KEY, next INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "INSERT INTO counter (name, next) VALUES ('id', 1), ('fence', 1)",
    ]
}

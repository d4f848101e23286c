import Automation
import Storage

/// The form of `show --output json`.
struct ShowForm: Encodable {
    struct Key: Encodable {
        var type: String
        var reuse: Bool
    }

    struct Fallback: Encodable {
        var issuer: String
        /// In seconds.
        var after: Int64
    }

    struct Flow: Encodable {
        var renewal: String
        var renewalEnabled: Bool
        var publication: String
        var publicationEnabled: Bool
        var profiles: [String]
        var lastResort: String
        var window: String
        var publicationWindow: String
        var earlier: Bool
    }

    struct Stop: Encodable {
        var by: String
        var reason: String
        var since: String
        var until: String?
        /// Of a hold: whether only `resume` ends it.
        var untilReleased: Bool?

        init(_ pause: Pause) {
            by = pause.by
            reason = pause.reason
            since = pause.since.rfc3339
            until = pause.until?.rfc3339
        }

        init(_ hold: PlacementWish.Hold) {
            by = hold.by
            reason = hold.reason
            since = hold.since.rfc3339
            untilReleased = hold.untilReleased
        }
    }

    struct Problem: Encodable {
        var code: String
        var `class`: String
        var message: String
        var remedy: String
        var step: String?
        var output: String?
        var failures: Int
        var since: String
        var lastAt: String
        var retryAt: String?
        var needsAttention: Bool

        init(_ trouble: Trouble) {
            code = trouble.code
            `class` = trouble.kind.rawValue
            message = trouble.message
            remedy = trouble.remedy
            step = trouble.step
            output = trouble.output
            failures = trouble.failures
            since = trouble.since.rfc3339
            lastAt = trouble.lastAt.rfc3339
            retryAt = trouble.retryAt?.rfc3339
            needsAttention = trouble.needsAttention
        }
    }

    struct Version: Encodable {
        var number: Int
        var predecessor: Int
        var subjects: [String]
        var notBefore: String
        var notAfter: String
        var chainNotAfter: String
        var storedAt: String
        /// "issued", "imported"
        var source: String
        var issuer: String
        var issuerName: String
        var serial: String
        var fingerprint: String
        var keyType: String?
        var revokedAt: String?

        init(_ record: VersionRecord) {
            number = record.number
            predecessor = record.predecessor
            subjects = record.subjects.map(\.description)
            notBefore = record.life.notBefore.rfc3339
            notAfter = record.life.notAfter.rfc3339
            chainNotAfter = record.life.chainNotAfter.rfc3339
            storedAt = record.storedAt.rfc3339
            source = record.source.rawValue
            issuer = record.issuer
            issuerName = record.issuerName
            serial = record.serial
            fingerprint = record.fingerprint.description
            keyType = record.keyType?.rawValue
            revokedAt = record.revokedAt?.rfc3339
        }
    }

    struct Target: Encodable {
        var name: String
        var managed: Bool
        /// 0 for a certificate that is not ours; absent where the target holds nothing that we know of.
        var version: Int?
        var fingerprint: String?
        var notAfter: String?
        /// Whether it holds the current version.
        var published: Bool
        var publishedAt: String?
        /// Where its newest publication stands.
        var publication: String?
        /// "serving", "different", "unreachable", "not-checked"
        var serving: String
        var provedAt: String?
        var shown: [String]
        var hold: Stop?
        var trouble: Problem?
    }

    var name: String
    var subjects: [String]
    var key: Key
    var issuer: String
    var fallback: Fallback?
    var advice: CAAdvice?
    var labels: [String: String]
    var owner: String
    var note: String
    var flow: Flow
    var timeZone: String
    var createdAt: String
    /// 0 before the first.
    var version: Int
    var notAfter: String?
    var renewedAt: String?
    var paused: Stop?
    var retired: Bool
    var trouble: Problem?
    /// Newest first.
    var versions: [Version]
    var targets: [Target]
    /// The next renewal, and the next publication to each target.
    var next: [ForecastReport.Run]
    var warnings: [ForecastReport.Run.Warning]
}

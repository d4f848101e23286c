import Automation
import Storage

/// The form of `show --output json`.
package struct ShowForm: Codable, Sendable {
    package struct Key: Codable, Sendable {
        package var type: String
        package var reuse: Bool
    }

    package struct Fallback: Codable, Sendable {
        package var issuer: String
        /// In seconds.
        package var after: Int64

        package var words: String { Automation.Fallback(issuer: issuer, after: .seconds(after)).words }
    }

    package struct Flow: Codable, Sendable {
        package var renewal: String
        package var renewalEnabled: Bool
        package var publication: String
        package var publicationEnabled: Bool
        package var profiles: [String]
        package var lastResort: String
        package var window: String
        package var publicationWindow: String
        package var timeZone: String
        /// Of the publication's window.
        package var publicationTimeZone: String
        /// Both windows in words.
        package var windows: String
        package var earlier: Bool

        package init(_ flow: Automation.Flow) {
            let rules = flow.rules
            renewal = Wording.renewal(rules)
            renewalEnabled = rules.renewalEnabled
            publication = Wording.publication(rules)
            publicationEnabled = rules.publicationEnabled
            profiles = flow.profiles
            lastResort = rules.lastResort.rawValue
            window = rules.window.words
            publicationWindow = rules.windowOfPublication.words
            timeZone = rules.window.zone.identifier
            publicationTimeZone = rules.windowOfPublication.zone.identifier
            windows = Wording.window(rules)
            earlier = rules.earlier
        }

        /// "after renew, to files"
        package var publicationWords: String {
            let names = profiles.joined(separator: ", ")
            guard publicationEnabled else { return profiles.isEmpty ? "off" : "off (profiles: \(names))" }
            return "\(publication), to \(names)"
        }
    }

    package struct Stop: Codable, Sendable {
        package var by: String
        package var reason: String
        package var since: String
        package var until: String?
        /// Of a hold: whether only `resume` ends it.
        package var untilReleased: Bool?

        package init(_ pause: Pause) {
            by = pause.by
            reason = pause.reason
            since = pause.since.rfc3339
            until = pause.until?.rfc3339
        }

        package init(_ hold: PlacementWish.Hold) {
            by = hold.by
            reason = hold.reason
            since = hold.since.rfc3339
            untilReleased = hold.untilReleased
        }

        /// "by anna since Tue 2027-03-09 00:12 Europe/Berlin (2 hours ago), until resumed: a freeze"
        package func pauseWords(_ zone: Zone, now: Instant) -> String {
            func words(_ text: String) -> String {
                guard let instant = Instant(rfc3339: text) else { return text }
                return "\(Wording.moment(instant, in: zone)) (\(Wording.relative(instant, to: now)))"
            }
            let end = until.map { "until \(words($0))" } ?? "until resumed"
            return "by \(by) since \(words(since)), \(end)" + (reason.isEmpty ? "" : ": \(reason)")
        }
    }

    package struct Problem: Codable, Sendable {
        package var code: String
        package var `class`: String
        package var message: String
        package var remedy: String
        package var step: String?
        package var output: String?
        package var failures: Int
        package var since: String
        package var lastAt: String
        package var retryAt: String?
        package var needsAttention: Bool

        package init(_ trouble: Trouble) {
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

    package struct Version: Codable, Sendable {
        package var number: Int
        package var predecessor: Int
        package var subjects: [String]
        package var notBefore: String
        package var notAfter: String
        package var chainNotAfter: String
        package var storedAt: String
        /// "issued", "imported"
        package var source: String
        package var issuer: String
        package var issuerName: String
        package var serial: String
        package var fingerprint: String
        package var keyType: String?
        package var revokedAt: String?

        package init(_ record: VersionRecord) {
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

    package struct Target: Codable, Sendable {
        package var name: String
        package var managed: Bool
        /// 0 for a certificate that is not ours; absent where the target holds nothing that we know of.
        package var version: Int?
        package var fingerprint: String?
        package var notAfter: String?
        /// When the chain of what it holds ends.
        package var chainNotAfter: String?
        /// Whether its profile names a proof.
        package var checked: Bool
        /// Whether it holds the current version.
        package var published: Bool
        package var publishedAt: String?
        /// Where its newest publication stands.
        package var publication: String?
        /// "serving", "different", "unreachable", "not-checked"
        package var serving: String
        package var provedAt: String?
        package var shown: [String]
        package var hold: Stop?
        package var trouble: Problem?
    }

    package var name: String
    package var subjects: [String]
    package var key: Key
    package var issuer: String
    package var fallback: Fallback?
    package var advice: CAAdvice?
    package var labels: [String: String]
    package var owner: String
    package var note: String
    package var flow: Flow
    package var timeZone: String
    package var createdAt: String
    /// 0 before the first.
    package var version: Int
    package var notAfter: String?
    /// When its chain ends, which may be sooner.
    package var chainNotAfter: String?
    package var renewedAt: String?
    package var paused: Stop?
    package var retired: Bool
    package var trouble: Problem?
    /// Which issuer is asked next, where there is a fallback and the first one fails.
    package var turn: String?
    /// Newest first.
    package var versions: [Version]
    /// There are older ones than these.
    package var olderVersions: Bool
    package var targets: [Target]
    /// The next renewal, and the next publication to each target.
    package var next: [ForecastReport.Run]
    package var warnings: [ForecastReport.Run.Warning]
}

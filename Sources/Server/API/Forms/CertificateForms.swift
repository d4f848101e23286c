import Automation
import Foundation
import Runner
import Storage

/// One page of a list.
package struct PageForm<Item: Codable & Sendable>: Codable, Sendable {
    package var items: [Item]
    /// What `after` takes for the next page; absent on the last one.
    package var next: String?

    package init(_ items: [Item], next: String? = nil) {
        self.items = items
        self.next = next
    }
}

/// One page of runs, with what concerns their flows as a whole.
package struct ForecastPageForm: Codable, Sendable {
    package var items: [ForecastReport.Run]
    package var flows: [ForecastReport.Flow]
    package var next: String?
}

/// One certificate in a list.
package struct CertificateRowForm: Codable, Sendable {
    package struct MarkForm: Codable, Sendable {
        package var state: String
        package var words: String
        package var note: String?

        init(_ mark: Mark) {
            state = mark.kind.rawValue
            words = mark.words
            note = mark.note.isEmpty ? nil : mark.note
        }
    }

    package struct Next: Codable, Sendable {
        package var stage: String
        package var at: String
        package var reason: String
    }

    package struct Last: Codable, Sendable {
        package var what: String
        package var at: String
    }

    package struct Trouble: Codable, Sendable {
        package var target: String?
        package var since: String
        package var message: String
        package var remedy: String
        package var needsPerson: Bool
    }

    package var name: String
    package var subjects: [String]
    package var issuer: String
    package var profiles: [String]
    package var labels: [String: String]
    package var timeZone: String
    package var version: Int
    package var notBefore: String?
    /// Of the current version with its chain.
    package var notAfter: String?
    package var renewed: MarkForm
    package var published: MarkForm
    package var serving: MarkForm
    package var next: Next?
    package var last: Last?
    package var verdict: String
    package var needsPerson: Bool
    package var paused: String?
    package var troubles: [Trouble]

    init(_ row: RegisterRow) {
        name = row.name
        subjects = row.names
        issuer = row.issuer
        profiles = row.profiles
        labels = row.labels
        timeZone = row.zone.identifier
        version = row.version
        notBefore = row.notBefore?.rfc3339
        notAfter = row.end?.rfc3339
        renewed = MarkForm(row.marks.renewed)
        published = MarkForm(row.marks.published)
        serving = MarkForm(row.marks.serving)
        next = row.next.map { Next(stage: $0.stage.rawValue, at: $0.at.rfc3339, reason: $0.reason) }
        last = row.last.map { Last(what: $0.kind.rawValue, at: $0.at.rfc3339) }
        verdict = row.verdict.rawValue
        needsPerson = row.needsPerson
        paused = row.pause
        troubles = row.troubles.map {
            Trouble(
                target: $0.target, since: $0.since.rfc3339, message: $0.message, remedy: $0.remedy,
                needsPerson: $0.needsPerson)
        }
    }
}

/// One certificate on one target in a list.
package struct TargetRowForm: Codable, Sendable {
    /// "profile/target"
    package var target: String
    package var certificate: String
    package var state: String
    /// The version that it holds; absent for nothing, 0 for one that is not ours.
    package var version: Int?
    package var current: Int
    package var notAfter: String?
    package var provedAt: String?
    package var managed: Bool
    package var checked: Bool
    package var timeZone: String
    package var trouble: CertificateRowForm.Trouble?

    init(_ row: TargetRow) {
        target = "\(row.profile)/\(row.target)"
        certificate = row.certificate
        state = row.state.rawValue
        version = row.version
        current = row.current
        notAfter = row.end?.rfc3339
        provedAt = row.provedAt?.rfc3339
        managed = row.isManaged
        checked = row.isChecked
        timeZone = row.zone.identifier
        trouble = row.trouble.map {
            .init(
                target: $0.target, since: $0.since.rfc3339, message: $0.message, remedy: $0.remedy,
                needsPerson: $0.needsPerson)
        }
    }
}

/// An attempt with its certificate.
package struct AttemptForm: Codable, Sendable {
    /// Absent where it was removed since.
    package var certificate: String?
    package var attempt: HistoryReport.Attempt
}

/// What is being done at this moment.
package struct RunForm: Codable, Sendable {
    package var certificate: String
    package var stage: String
    package var target: String?
    package var dueAt: String
    /// A person asked for it.
    package var byHand: Bool
}

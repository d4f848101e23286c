import Automation
import Profiles
import Runner

/// A flow with the revision that a change of it names.
package struct FlowForm: Codable, Sendable {
    var flow: FlowJSON
    package var revision: Int64
}

/// What a flow would do for a year.
package struct PreviewForm: Codable, Sendable {
    package struct Warning: Codable, Sendable {
        package var id: String
        package var kind: String
        package var title: String
        package var text: String
        /// What a person confirms before it is saved; absent where nothing of the flow causes it.
        package var confirmation: String?

        init(_ warning: FlowWarning) {
            id = warning.id
            kind = warning.kind.rawValue
            title = warning.title
            text = warning.text
            confirmation = warning.confirmation
        }
    }

    package struct Gap: Codable, Sendable {
        package var from: String
        package var to: String
        /// "rule", "window", "nothing-planned"
        package var cause: String
    }

    package struct Paragraph: Codable, Sendable {
        package var title: String
        package var text: String
    }

    package struct Change: Codable, Sendable {
        package var setting: String
        package var saved: String
        package var draft: String
    }

    package var from: String
    package var until: String
    /// More runs lie in that time than are told.
    package var cut: Bool
    package var renewals: Int
    package var publications: Int
    package var runs: [ForecastReport.Run]
    package var warnings: [Warning]
    package var gaps: [Gap]
    package var review: [Paragraph]
    package var changes: [Change]

    init(_ outlook: Outlook, _ preview: FlowPreview, _ review: FlowReview) {
        from = preview.now.rfc3339
        until = preview.until.rfc3339
        cut = preview.isCut
        renewals = preview.renewals
        publications = preview.publications
        runs = outlook.forecast.runs.map { ForecastReport.Run($0, of: outlook) }
        warnings = preview.warnings.map { Warning($0) }
        gaps = preview.gaps.map { Gap(from: $0.from.rfc3339, to: $0.to.rfc3339, cause: $0.cause.rawValue) }
        self.review = review.paragraphs.map { Paragraph(title: $0.title, text: $0.text) }
        changes = review.changes.map { Change(setting: $0.title, saved: $0.saved, draft: $0.draft) }
    }
}

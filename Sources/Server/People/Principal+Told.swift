import Runner
import Storage

/// A place that another certificate owns: what is said of it names that one.
enum OwnedPlace {
    static let code = "publication.place-owned"
    /// In place of a message that names the other certificate.
    static let words = "A place there belongs to another certificate."
    static let remedy = "Choose another place, or ask somebody who sees all certificates."
}

/// What a person is told of what the ledger keeps: nothing about certificates that it may not see.
extension Principal {
    func told(_ message: String, code: String?) -> String {
        code == OwnedPlace.code && !scope.isEmpty ? OwnedPlace.words : message
    }

    func told(_ problem: Problem) -> Problem {
        guard problem.code == OwnedPlace.code, !scope.isEmpty else { return problem }
        var problem = problem
        (problem.message, problem.remedy) = (OwnedPlace.words, OwnedPlace.remedy)
        return problem
    }

    func told(_ trouble: Trouble) -> Trouble {
        var trouble = trouble
        trouble.message = told(trouble.message, code: trouble.code)
        return trouble
    }

    func told(_ attempt: AttemptRecord) -> AttemptRecord {
        var attempt = attempt
        attempt.message = attempt.message.map { told($0, code: attempt.code) }
        return attempt
    }

    func told(_ event: Event) -> Event {
        var event = event
        event.draft.reason = told(event.draft.reason, code: event.draft.detail["code"])
        return event
    }

    func told(_ outcome: Desk.Outcome) -> Desk.Outcome {
        if case .ended(let attempt) = outcome { return .ended(told(attempt)) }
        return outcome
    }

    func told(_ report: OutlookReport, of outlook: PublicationOutlook) -> OutlookReport {
        guard !scope.isEmpty else { return report }
        var report = report
        for index in report.refusals.indices {
            let refusal = report.refusals[index]
            report.refusals[index].message = told(refusal.message, code: refusal.code)
        }
        if case .stuck(let trouble) = outlook.schedule, trouble.code == OwnedPlace.code {
            report.schedule?.reason = OwnedPlace.words
        }
        return report
    }

    func told(_ standing: CertificateStanding) -> CertificateStanding {
        var standing = standing
        for index in standing.targets.indices {
            standing.targets[index].placement.trouble = standing.targets[index].placement.trouble.map(told)
        }
        return standing
    }

    func told(_ outlook: Outlook) -> Outlook {
        var outlook = outlook
        for index in outlook.targets.indices {
            outlook.targets[index].placement.trouble = outlook.targets[index].placement.trouble.map(told)
        }
        return outlook
    }
}

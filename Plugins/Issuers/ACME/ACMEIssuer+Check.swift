import Foundation
import PluginKit

extension ACMEIssuer {
    /// Asks the CA for its directory, and for the account where there is one, and tries what answers challenges; changes
    /// nothing.
    func check() async throws -> CheckReport {
        let authority: [CheckReport.Finding]
        do {
            authority = try await translated {
                let session = try await session(isFresh: true)
                return facts(session) + (try await account(session))
            }
        } catch let failure as PluginFailure {
            authority = [.init(.problem, failure.message, remedy: failure.remedy)]
        }
        return CheckReport(authority + (await solvers.check()))
    }

    private func facts(_ session: Session) -> [CheckReport.Finding] {
        let directory = session.directory
        var findings = [CheckReport.Finding(.fact, "\(session.host) answers at \(settings.directory).")]
        let names = directory.profiles.keys.sorted().prefix(20).map { ShownText($0).description }
        if !names.isEmpty { findings.append(.init(.fact, "It offers the profiles \(names.joined(separator: ", ")).")) }
        if let wanted = settings.profile, directory.profiles[wanted] == nil {
            let failure = PluginFailure.profileUnknown(wanted, session.host, known: Array(names))
            findings.append(
                .init(settings.requiresProfile ? .problem : .warning, failure.message, remedy: failure.remedy))
        }
        let advises = directory.renewalInfo != nil
        findings.append(.init(.fact, advises ? "It advises when to renew." : "It does not advise when to renew."))
        return findings
    }

    private func account(_ session: Session) async throws -> [CheckReport.Finding] {
        let desk = AccountDesk(settings, session, context, shared)
        guard let facts = try await desk.facts() else { return [try newAccount(desk)] }
        let isValid = facts.status == "valid"
        var findings = [
            CheckReport.Finding(
                isValid ? .fact : .problem, "Our account \(facts.url) is \(facts.status).",
                remedy: isValid
                    ? nil
                    : "Forget it with `certflow issuer account deactivate`; the next renewal makes "
                        + "a new one.")
        ]
        if let terms = session.directory.termsOfService, let agreed = facts.terms, terms != agreed {
            findings.append(
                .init(.warning, "The CA's terms are now \(terms); we agreed to \(agreed).", remedy: "Read them."))
        }
        return findings
    }

    private func newAccount(_ desk: AccountDesk) throws -> CheckReport.Finding {
        do {
            try desk.requireConsent()
            return .init(.fact, "There is no account yet: the first renewal makes one.")
        } catch let failure as PluginFailure {
            return .init(.problem, failure.message, remedy: failure.remedy)
        }
    }
}

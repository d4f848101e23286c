import Automation
import Foundation
import Runner
import Server
import UnixSignals

/// A renewal against the staging of its issuer, told as it goes, with what would have been stored.
struct RehearsedRenewal {
    let opened: OpenedHome
    let options: HandOptions

    /// - Throws: why it failed; `CommandEnding` where it was stopped, once it is cleaned up.
    func carryOut(_ name: String) async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let outside = Wiring.Outside()
        let ending: Result<RenewalRehearsal.Report, any Error>
        do {
            let rehearsal = RenewalRehearsal(
                Wiring.dependencies(opened, outside), Person(name: Account.name, reason: options.reason))
            ending = .success(
                try await rehearsal.run(
                    name, within: options.timeout.span,
                    until: {
                        for await _ in signals {
                            Console.error("stopping: what was placed is cleaned up first")
                            return
                        }
                    }, tell: { Console.line("  \(Console.oneLine($0))") }))
        } catch {
            ending = .failure(error)
        }
        await outside.end(opened.registry)
        switch ending {
        case .success(let report): try RenewalRehearsalForm(report).print()
        case .failure(is CancellationError): throw CommandEnding.failed(Complaint("The rehearsal was stopped."))
        case .failure(let error): throw error
        }
    }
}

extension RenewalRehearsalForm {
    /// - Throws: `HomeProblem` where it failed.
    func print() throws {
        if let failure { throw HomeProblem(failure.code, failure.message, remedy: failure.remedy) }
        guard let version else { return }
        Console.line(Console.oneLine("\(certificate): the rehearsal at \(issuer) succeeded; nothing was stored."))
        var sheet = Sheet()
        sheet.add("subjects", version.subjects.joined(separator: ", "))
        sheet.add("issued by", version.issuedBy)
        sheet.add("valid", "\(version.notBefore) until \(version.notAfter)")
        sheet.add("chain", Wording.count(version.certificates, "certificate"))
        sheet.add("key", version.key)
        sheet.add("serial", version.serial)
        for step in steps { sheet.add(step.name, Self.words(step.seconds)) }
        sheet.add("in all", Self.words(steps.map(\.seconds).reduce(0, +)), .strong)
        sheet.print()
    }

    /// "1.204 s"
    private static func words(_ seconds: Double) -> String { "\(String(format: "%.3f", seconds)) s" }
}

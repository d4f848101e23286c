import Automation
import Foundation
import Runner
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
        case .success(let report): tell(report)
        case .failure(is CancellationError): throw CommandEnding.failed(Complaint("The rehearsal was stopped."))
        case .failure(let error): throw error
        }
    }

    private func tell(_ report: RenewalRehearsal.Report) {
        let version = report.version
        Console.line("\(report.certificate): the rehearsal at \(report.issuer) succeeded; nothing was stored.")
        var sheet = Sheet()
        sheet.add("subjects", version.subjects.map(\.description).joined(separator: ", "))
        sheet.add("issued by", version.issuerName)
        sheet.add("valid", "\(version.life.notBefore) until \(version.life.notAfter)")
        sheet.add("chain", Wording.count(version.chain.count, "certificate"))
        sheet.add("key", version.keyType?.rawValue)
        sheet.add("serial", version.serial)
        for step in report.steps { sheet.add(step.name, Self.words(step.took)) }
        let whole = report.steps.map(\.took).reduce(.zero, +)
        sheet.add("in all", Self.words(whole), .strong)
        sheet.print()
    }

    /// "1.204 s"
    private static func words(_ span: Duration) -> String {
        let milliseconds = span.components.seconds * 1000 + span.components.attoseconds / 1_000_000_000_000_000
        return "\(milliseconds / 1000).\(String(format: "%03d", milliseconds % 1000)) s"
    }
}

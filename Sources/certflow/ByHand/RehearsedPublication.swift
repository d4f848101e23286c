import Automation
import Foundation
import PluginKit
import Runner
import Server

/// A publication told beforehand, target by target; nothing is changed.
struct RehearsedPublication {
    let opened: OpenedHome
    let format: OutputFormat

    /// - Throws: `DeskRefusal`; `CommandEnding` where targets could not be looked at.
    func tell(_ name: String, _ order: Desk.PublishOrder) async throws {
        let outside = Wiring.Outside()
        let outlooks: [PublicationOutlook]
        do {
            let rehearsal = PublicationRehearsal(Wiring.dependencies(opened, outside))
            outlooks = try await rehearsal.report(name, order)
            await outside.end(opened.registry)
        } catch {
            await outside.end(opened.registry)
            throw error
        }
        let now = Instant(Date())
        let reports = outlooks.map { OutlookReport($0, opened.profiles, opened.registry, now: now) }
        let zone = outlooks.first?.context.certificate.flow.rules.windowOfPublication.zone
        try Self.tell(reports, format, zone ?? .utc, now: now)
    }

    /// - Throws: `CommandEnding` where targets could not be looked at.
    static func tell(_ reports: [OutlookReport], _ format: OutputFormat, _ zone: Zone, now: Instant) throws {
        switch format {
        case .json: try JSONOutput.print(reports)
        case .table:
            for report in reports { report.print(zone, Moments(now: now)) }
            Console.line("Nothing was changed.")
        }
        let unknown = reports.count { $0.effect == PublicationOutlook.Effect.unknown.rawValue }
        guard unknown > 0 else { return }
        throw unknown == reports.count ? CommandEnding.failedAsSaid : CommandEnding.someTargetsFailed
    }
}

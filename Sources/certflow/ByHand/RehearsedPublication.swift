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
        let moments = Moments(now: Instant(Date()))
        let reports = outlooks.map { outlook in
            let profile = opened.profiles.publishing[outlook.context.placement.profile]
            let schema = profile.flatMap { opened.registry.publishers[$0.publisher]?.manifest.options }
            return OutlookReport(outlook, profile, schema ?? OptionSchema(), now: moments.now)
        }
        switch format {
        case .json: try JSONOutput.print(reports)
        case .table:
            for (outlook, report) in zip(outlooks, reports) {
                report.print(outlook.context.certificate.flow.rules.windowOfPublication.zone, moments)
            }
            Console.line("Nothing was changed.")
        }
        let unknown = outlooks.filter { $0.effect == .unknown }.count
        guard unknown > 0 else { return }
        throw unknown == outlooks.count ? CommandEnding.failedAsSaid : CommandEnding.someTargetsFailed
    }
}

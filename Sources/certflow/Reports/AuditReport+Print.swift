import Automation
import Foundation
import Runner
import Server
import Storage

extension AuditReport {
    static func print(_ events: [Event]) {
        guard !events.isEmpty else { return Console.line("There are no such events.") }
        let zone = ProgressPrinter.zone
        var table = Table("EVENT", "WHEN (\(zone.identifier))", "WHO", "CERTIFICATE", "WHAT")
        for event in events {
            table.add(
                .init(String(event.sequence), .faint), .init(LocalTime(event.draft.at, in: zone).words),
                .init(event.draft.actor), .init(event.draft.certificate.isEmpty ? "-" : event.draft.certificate),
                .init(EventWords(zone: zone).text(event.draft)))
        }
        table.print()
    }
}

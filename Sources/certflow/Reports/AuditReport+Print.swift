import Automation
import Foundation
import Runner
import Server
import Storage

extension AuditReport {
    static func print(_ events: [Entry]) {
        guard !events.isEmpty else { return Console.line("There are no such events.") }
        let zone = ProgressPrinter.zone
        var table = Table("EVENT", "WHEN (\(zone.identifier))", "WHO", "CERTIFICATE", "WHAT")
        for event in events {
            let draft = event.draft
            table.add(
                .init(String(event.sequence), .faint), .init(LocalTime(draft.at, in: zone).words),
                .init(draft.actor), .init(event.certificate ?? "-"), .init(EventWords(zone: zone).text(draft)))
        }
        table.print()
    }
}

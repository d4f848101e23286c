import Automation
import Foundation
import Runner
import Storage

/// Says where and when the newest version of a certificate is published next.
struct NextPublications {
    private let opened: OpenedHome
    private let now = Instant(Date())

    init(_ opened: OpenedHome) { self.opened = opened }

    func tell(_ name: String, targets: Set<String>? = nil) async throws {
        guard let certificate = try await opened.ledger.certificate(named: name) else { return }
        let rules = certificate.flow.rules
        let zone = rules.windowOfPublication.zone
        var planned = 0
        var isDue = false
        for placement in try await opened.ledger.placements(of: certificate.id)
        where targets?.contains(placement.name) ?? true {
            guard let context = try await opened.ledger.publicationContext(placement.id),
                let run = PublicationPlanning(profiles: opened.profiles).plannedRun(context, now: now)
            else { continue }
            planned += 1
            let place = "\(name) -> \(placement.name)"
            if run.at <= now {
                isDue = true
                Console.line("Next: \(place): its publication is due now.")
            } else {
                let time = Moments(now: now).words(run.at, in: zone)
                Console.line("Next: \(place): published \(time): \(Wording.reason(run, in: zone)).")
            }
        }
        if !rules.publicationEnabled {
            Console.line("Renewed, not published: publication is switched off in its flow.")
        } else if planned > 0, !WakeSocket.wake(opened.home) {
            if isDue { Console.line("`certflow run` does what is due now.") }
            Self.adviseRunner()
        }
    }

    static func adviseRunner() {
        Console.line("No runner lives in this home: `certflow run --watch` starts one.")
    }
}

import Automation
import Foundation
import Runner
import Storage

/// Says where and when the newest versions of certificates are published next.
struct NextPublications {
    private let opened: OpenedHome
    private let now = Instant(Date())

    init(_ opened: OpenedHome) { self.opened = opened }

    /// - Parameter targets: only these; all where nil.
    func tell(_ names: [String], targets: Set<String>? = nil) async throws {
        var (planned, isDue, unpublished) = (0, false, 0)
        for name in names {
            guard let certificate = try await opened.ledger.certificate(named: name) else { continue }
            if !certificate.flow.rules.publicationEnabled { unpublished += 1 }
            for run in try await tell(certificate, targets) {
                planned += 1
                isDue = isDue || run.at <= now
            }
        }
        if unpublished > 0 { Console.line(Self.unpublished(unpublished, of: names.count)) }
        guard planned > 0, unpublished < names.count, !WakeSocket.wake(opened.home) else { return }
        if isDue { Console.line("`certflow run` does what is due now.") }
        Self.adviseRunner()
    }

    private func tell(_ certificate: CertificateRecord, _ targets: Set<String>?) async throws -> [PlannedRun] {
        let zone = certificate.flow.rules.windowOfPublication.zone
        var runs: [PlannedRun] = []
        for placement in try await opened.ledger.placements(of: certificate.id)
        where targets?.contains(placement.name) ?? true {
            guard let context = try await opened.ledger.publicationContext(placement.id),
                let run = PublicationPlanning(profiles: opened.profiles).plannedRun(context, now: now)
            else { continue }
            runs.append(run)
            let place = "\(certificate.name) -> \(placement.name)"
            if run.at <= now {
                Console.line("Next: \(place): its publication is due now.")
            } else {
                let time = Moments(now: now).words(run.at, in: zone)
                Console.line("Next: \(place): published \(time): \(Wording.reason(run, in: zone)).")
            }
        }
        return runs
    }

    static func unpublished(_ count: Int, of all: Int) -> String {
        let which = all == 1 ? "its flow" : "the flow of \(count) of them"
        return "Renewed, not published: publication is switched off in \(which)."
    }

    static func adviseRunner() {
        Console.line("No runner lives in this home: `certflow run --watch` starts one.")
    }
}

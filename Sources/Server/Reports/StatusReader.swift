import Automation
import Profiles
import Runner
import Storage

/// Puts together what the status says.
package struct StatusReader {
    private static let page = 500

    private let ledger: any LedgerReading
    private let standings: StandingReader
    private let now: Instant

    package init(_ ledger: any LedgerReading, _ profiles: ProfileSet, now: Instant) {
        self.ledger = ledger
        self.now = now
        standings = StandingReader(ledger: ledger, profiles: profiles)
    }

    /// - Parameter names: all where it is empty, in the order of their names.
    package func reports(_ names: [String]) async throws -> [StatusReport] {
        var reports: [StatusReport] = []
        for name in names {
            let record = try await ledger.knownCertificate(name)
            if let overview = try await ledger.overview(record.id) { reports.append(try await report(overview)) }
        }
        guard names.isEmpty else { return reports }
        var last: Int64 = 0
        while true {
            let page = try await ledger.overviews(after: last, limit: Self.page)
            guard let end = page.last else { return reports.sorted { $0.name < $1.name } }
            last = end.certificate.id
            for overview in page { reports.append(try await report(overview)) }
        }
    }

    package func report(_ overview: CertificateOverview) async throws -> StatusReport {
        StatusReport(try await standings.standing(overview, at: now))
    }

    /// As this person may be told.
    func report(_ overview: CertificateOverview, to person: Principal) async throws -> StatusReport {
        StatusReport(person.told(try await standings.standing(overview, at: now)))
    }
}

import Automation
import Foundation
import Runner
import Storage

/// Puts together what the status says.
struct StatusReader {
    private static let page = 500

    private let opened: OpenedHome
    private let standings: StandingReader
    private let now = Instant(Date())

    init(_ opened: OpenedHome) {
        self.opened = opened
        standings = StandingReader(ledger: opened.ledger, profiles: opened.profiles)
    }

    /// - Parameter names: all where it is empty, in the order of their names.
    func reports(_ names: [String]) async throws -> [StatusReport] {
        var reports: [StatusReport] = []
        for name in names {
            let record = try await opened.ledger.knownCertificate(name)
            if let overview = try await opened.ledger.overview(record.id) { reports.append(try await report(overview)) }
        }
        guard names.isEmpty else { return reports }
        var last: Int64 = 0
        while true {
            let page = try await opened.ledger.overviews(after: last, limit: Self.page)
            guard let end = page.last else { return reports.sorted { $0.name < $1.name } }
            last = end.certificate.id
            for overview in page { reports.append(try await report(overview)) }
        }
    }

    private func report(_ overview: CertificateOverview) async throws -> StatusReport {
        StatusReport(try await standings.standing(overview, at: now))
    }
}

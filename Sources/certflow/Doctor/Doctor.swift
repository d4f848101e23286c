import Automation
import Foundation
import Runner
import Storage

/// Looks whether a home can do its work, and says what to do where it can't. Each check stands for itself: what is
/// broken keeps no other from being made.
struct Doctor {
    private static let page = 500

    private let home: Home
    private let now: Instant

    init(_ home: Home, now: Instant) {
        self.home = home
        self.now = now
    }

    func findings() async -> [Finding] {
        var findings = HomeCheckup(home).findings()
        guard access(home.database, F_OK) == 0 else { return findings }
        findings += await DatabaseCheckup(home).findings()
        // What opening the home throws was found above, with its remedy.
        guard let opened = try? await OpenedHome.open(home) else {
            return findings + TimeCheckup(now: now).findings(newest: nil, planned: nil)
                + DiskCheckup(home, profiles: []).findings()
        }
        do {
            findings += try await look(into: opened)
        } catch {
            findings.append(.problem("database", error))
        }
        await opened.close()
        return findings
    }

    private func look(into opened: OpenedHome) async throws -> [Finding] {
        let newest = try await opened.ledger.latestEvents(certificate: nil, limit: 1).first?.draft.at
        var findings = TimeCheckup(now: now).findings(
            newest: newest, planned: try await opened.ledger.zoneDataOfPlans())
        let (used, standing) = try await walk(opened)
        let outside = Wiring.Outside()
        findings += await ProfileCheckup(opened, used: used).findings(Wiring.dependencies(opened, outside))
        await outside.end(opened.registry)
        let written = used.publishing.keys.sorted().compactMap { opened.profiles.publishing[$0] }
        findings += DiskCheckup(home, profiles: written).findings()
        findings += await WorkCheckup(opened, now: now).findings(standing)
        return findings
    }

    /// Which profiles flows use, and how all stages stand.
    private func walk(_ opened: OpenedHome) async throws -> (ProfileCheckup.Used, WorkCheckup.Standing) {
        var used = ProfileCheckup.Used()
        var standing = WorkCheckup.Standing()
        var last: Int64 = 0
        while true {
            let page = try await opened.ledger.overviews(after: last, limit: Self.page)
            guard let end = page.last else { return (used, standing) }
            last = end.certificate.id
            for overview in page where !overview.certificate.isRetired {
                for name in overview.certificate.issuers { used.issuing[name, default: 0] += 1 }
                for profile in overview.certificate.flow.profiles { used.publishing[profile, default: 0] += 1 }
                take(overview, into: &standing)
            }
        }
    }

    private func take(_ overview: CertificateOverview, into standing: inout WorkCheckup.Standing) {
        let name = overview.certificate.name
        standing.certificates += 1
        if let end = overview.state.life?.chainNotAfter, end <= now { standing.expired.append(name) }
        let troubles =
            [(overview.state.trouble, "renewal")] + overview.placements.map { ($0.trouble, $0.name) }
        for case (let trouble?, let place) in troubles {
            let words = "\(name) (\(place))"
            if trouble.needsAttention { standing.needAttention.append(words) } else { standing.failing.append(words) }
        }
    }
}

import Automation
import PluginKit
import Runner
import Storage

/// What a restored home is, and what it has to be told. The form of `restore --output json`.
struct RestoreReport: Encodable {
    struct Target: Encodable {
        var certificate: String
        /// "profile/target"
        var target: String
        /// "newer", "unreachable"
        var finding: String
        var message: String
    }

    var home: String
    var madeAt: String
    var events: Int
    var certificates: Int
    /// Work that was running when the backup was made; it is due again.
    var freed = 0
    /// How many targets were looked at.
    var looked = 0
    /// Those that hold something newer than the backup knows, or can't be looked at.
    var targets: [Target] = []

    init(home: String, madeAt: String, events: Int, certificates: Int) {
        self.home = home
        self.madeAt = madeAt
        self.events = events
        self.certificates = certificates
    }

    /// Why flows are paused, by certificate.
    var doubtful: [String: String] {
        Dictionary(targets.map { ($0.certificate, "\($0.target): \($0.message)") }) { first, _ in first }
    }

    func print() {
        Console.line(
            "Restored \(home) as of \(madeAt): \(Wording.count(certificates, "certificate")), "
                + "\(Wording.count(events, "event")), all verified.")
        if freed > 0 { Console.line("Work that was running then is due again: \(freed).") }
        Console.line("Looked at \(Wording.count(looked, "target")).")
        for target in targets {
            Console.line(
                "\(Console.paint("!", .warning)) \(target.certificate) -> \(target.target): \(Console.harmless(target.message))"
            )
        }
        if !targets.isEmpty {
            Console.line(
                "The flows of these are paused, so that nothing is issued or published twice. Take in what is newer with "
                    + "`certflow import FILES --name NAME`, then `certflow resume NAME`.")
        }
        Console.line("What was issued after \(madeAt) and stands on no target is not known here any more.")
        Console.line("Make sure that the home it came from does not run any more. Then: `certflow run`.")
    }
}

/// Looks at every target of a restored home: what it holds may be newer than the backup knows.
struct RestoreLook {
    private static let page = 500

    private let opened: OpenedHome
    private let rehearsal: Rehearsal

    init(_ opened: OpenedHome, _ rehearsal: Rehearsal) {
        self.opened = opened
        self.rehearsal = rehearsal
    }

    func look(_ report: inout RestoreReport) async throws {
        var last: Int64 = 0
        while true {
            let page = try await opened.ledger.overviews(after: last, limit: Self.page)
            guard let end = page.last else { return }
            last = end.certificate.id
            for overview in page where !overview.certificate.isRetired {
                for placement in overview.placements { try await look(placement, overview, &report) }
            }
        }
    }

    private func look(
        _ placement: PlacementRecord, _ overview: CertificateOverview, _ report: inout RestoreReport
    ) async throws {
        guard let context = try await opened.ledger.publicationContext(placement.id) else { return }
        report.looked += 1
        func doubt(_ finding: String, _ message: String) {
            report.targets.append(
                RestoreReport.Target(
                    certificate: overview.certificate.name, target: placement.name, finding: finding, message: message))
        }
        let found: FoundCertificate?
        do {
            found = try await rehearsal.found(context)
        } catch let failure as PluginFailure {
            return doubt("unreachable", "it could not be looked at: \(failure.message)")
        }
        guard let found, try await opened.ledger.version(withFingerprint: found.fingerprint.sha256) == nil else {
            return
        }
        guard found.life.notAfter > overview.state.life?.notAfter ?? .distantPast else { return }
        doubt("newer", "it holds \(found.label), valid until \(found.life.notAfter), which the backup does not know")
    }
}

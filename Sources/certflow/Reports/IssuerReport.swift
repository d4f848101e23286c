import Automation
import Certificates
import Foundation
import LocalAuthority
import PluginKit
import Profiles
import Runner
import Server

/// One issuing profile. The form of `issuer list --output json` and `issuer check --output json`.
struct IssuerReport: Encodable {
    /// What clients have to trust.
    struct Anchor: Encodable {
        var subject: String
        var notAfter: String
        /// SHA-256, lower-case hexadecimal.
        var fingerprint: String
    }

    var name: String
    /// Nil where the profile is broken.
    var backend: String?
    /// Whether it could issue now.
    var usable: Bool
    /// When what signs new certificates ends.
    var ends: String?
    /// Of a local authority.
    var root: Anchor?
    var flows: Int
    var findings: [CheckReport.Finding]
    /// It was not asked: nobody uses it, and it is no issuer of this machine's.
    var unused: Bool

    /// Not part of the form: for the table.
    fileprivate var end: Instant?

    private enum CodingKeys: String, CodingKey { case name, backend, usable, ends, root, flows, findings, unused }

    static func print(_ reports: [IssuerReport], now: Instant) {
        let moments = Moments(now: now)
        var table = Table("ISSUER", "BACKEND", "STATE", "ENDS", "FLOWS", "TRUST")
        for report in reports {
            table.add(
                .init(report.name, .strong), .init(report.backend ?? "-"), report.stateCell,
                .init(report.end.map { moments.day($0, in: .utc) } ?? "-"), .init(String(report.flows)),
                .init(report.root.map { "\($0.subject), until \($0.notAfter.prefix(10))" } ?? "-"))
        }
        table.print()
        for report in reports where report.findings.contains(where: { $0.weight != .fact }) {
            Console.line("\(report.name):")
            for finding in report.findings where finding.weight != .fact { FindingLine.print(finding) }
        }
    }

    static func printFindings(_ reports: [IssuerReport]) {
        for report in reports {
            Console.line(
                "\(Console.paint(report.name, .strong)) (\(report.backend ?? "broken"))  "
                    + Console.paint(report.stateCell.text, report.stateCell.colour))
            for finding in report.findings { FindingLine.print(finding) }
            if let root = report.root {
                Console.line("    Clients have to trust \(root.subject), SHA-256 \(root.fingerprint):")
                Console.line("      certflow issuer show \(report.name) --format pem")
            }
        }
    }

    private var stateCell: Table.Cell {
        guard !unused else { return .init("not used, not asked", .faint) }
        guard usable else { return .init("can't issue", .bad) }
        return findings.contains { $0.weight == .warning }
            ? .init("ready, with warnings", .warning) : .init("ready", .good)
    }
}

/// Asks issuers what they are.
struct IssuerReader {
    private let opened: OpenedHome
    private let rehearsal: Rehearsal

    init(_ opened: OpenedHome, _ rehearsal: Rehearsal) {
        self.opened = opened
        self.rehearsal = rehearsal
    }

    /// Of all issuing profiles, broken ones too.
    var names: [String] {
        Set(opened.profiles.issuing.keys).union(opened.profiles.brokenIssuing.keys).sorted()
    }

    func unknown(_ name: String) -> DeskRefusal {
        DeskRefusal(
            "profile.unknown", "There is no issuing profile \"\(name)\".",
            remedy: NearestKey.remedy(for: name, among: names))
    }

    func report(_ name: String, _ flows: Int) async -> IssuerReport {
        guard let profile = opened.profiles.issuing[name] else {
            let problems = opened.profiles.brokenIssuing[name] ?? []
            return IssuerReport(
                name: name, usable: false, flows: flows,
                findings: problems.map { .init(.problem, "\($0.position): \($0.message)", remedy: $0.remedy) },
                unused: false)
        }
        var report = IssuerReport(
            name: name, backend: profile.issuer, usable: false, flows: flows, findings: [], unused: false)
        do {
            let (check, ends) = try await rehearsal.issuer(name)
            report.usable = !check.hasProblem
            report.findings = check.findings
            (report.end, report.ends) = (ends, ends?.rfc3339)
            report.root = try await anchor(name).map {
                IssuerReport.Anchor(
                    subject: $0.subject, notAfter: $0.notAfter.rfc3339, fingerprint: $0.fingerprint.description)
            }
        } catch {
            let complaint = Complaint(error)
            report.findings.append(.init(.problem, complaint.message, remedy: complaint.remedy))
        }
        return report
    }

    /// As `report`, but nothing is asked of a CA elsewhere that no certificate names: its profile may never have been
    /// filled in.
    func glance(_ name: String, _ flows: Int) async throws -> IssuerReport {
        guard let profile = opened.profiles.issuing[name], !(try await isOfConcern(name)) else {
            return await report(name, flows)
        }
        return IssuerReport(
            name: name, backend: profile.issuer, usable: false, flows: flows, findings: [], unused: true)
    }

    /// Whether some certificate names it, or it is an issuer of this machine's; broken profiles count.
    func isOfConcern(_ name: String) async throws -> Bool {
        guard let profile = opened.profiles.issuing[name] else { return true }
        if profile.issuer == LocalAuthority.manifest.name { return true }
        return try await opened.ledger.issuersInUse().contains(name)
    }

    /// The root of a local authority; nil of other issuers.
    /// - Throws: `PluginFailure`, `StorageError`, `CertificateFailure`.
    func anchor(_ name: String) async throws -> SignedCertificate? {
        guard opened.profiles.issuing[name]?.issuer == LocalAuthority.manifest.name else { return nil }
        let context = PluginContext(
            state: SealedPluginState(
                ledger: opened.ledger, vault: opened.vault, scope: "issuing/\(name)", actor: Account.name,
                now: { Instant(Date()) }), clock: SystemClock(), entropy: Randomness.bytes)
        return try await LocalAuthority.certificates(context).last.map { try SignedCertificate(der: $0) }
    }
}

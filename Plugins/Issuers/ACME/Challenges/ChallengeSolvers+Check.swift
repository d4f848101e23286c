import Foundation
import PluginKit

extension ChallengeSettings {
    /// What a dry run finds: whether our listeners can be opened, the webroot is there, and the name servers serve the
    /// zones. Nothing stays open, and nothing is written.
    func findings(_ context: PluginContext, _ listeners: ChallengeListeners) async -> [CheckReport.Finding] {
        guard !order.isEmpty else {
            return [
                .init(
                    .warning, "No challenge is set up: only names that the CA knows already can be certified.",
                    remedy: "Add `http01`, `dns01` or `tlsALPN01` to the profile.")
            ]
        }
        var findings: [CheckReport.Finding] = []
        for form in order {
            switch form {
            case .http01: findings.append(await http(context, listeners))
            case .tlsALPN01: findings.append(await tls(context, listeners))
            case .dns01: for group in dns01 { findings += await group.findings(context, listeners) }
            case .dnsPersist01: break
            }
        }
        return findings
    }

    private func http(_ context: PluginContext, _ listeners: ChallengeListeners) async -> CheckReport.Finding {
        switch http01 {
        case .listen(let places, let isStandard):
            return await CheckReport.Finding.of("http-01: certflow can listen on \(Self.words(places)).") {
                // No token has a space: nobody can ask for this one.
                try await listeners.http.present(
                    "", under: " ", claim: "check", at: places, option: "http01.listen", isStandard: isStandard)
                await listeners.http.withdraw("check")
            }
        case .webroot(let root):
            return await CheckReport.Finding.of("http-01: the directory \(root) is there.") {
                _ = try await WebrootSolver.blocking { try Webroot(root).missing() }
            }
        case .publishing(let name):
            return await CheckReport.Finding.of("http-01: the publishing profile \(name) takes the files.") {
                _ = try await context.solver(name)
            }
        case nil: return .init(.fact, "http-01 is not set up.")
        }
    }

    private func tls(_ context: PluginContext, _ listeners: ChallengeListeners) async -> CheckReport.Finding {
        let places = tlsALPN01 ?? []
        return await CheckReport.Finding.of("tls-alpn-01: certflow can listen on \(Self.words(places)).") {
            let probe = Challenge(form: .tlsALPN01, subject: "check.invalid", token: "c", keyAuthorization: "c.c")
            let certificate = try ALPNCertificate(CheckedChallenge(probe, .tlsALPN01), context)
            try await listeners.tls.present(
                certificate, under: " ", claim: "check", at: places, option: "tlsALPN01.listen",
                isStandard: tlsALPN01IsStandard)
            await listeners.tls.withdraw("check")
        }
    }

    private static func words(_ places: [HostPort]) -> String { places.map(\.description).joined(separator: ", ") }
}

extension DNS01Settings {
    fileprivate func findings(
        _ context: PluginContext, _ listeners: ChallengeListeners
    ) async -> [CheckReport.Finding] {
        guard case .update(let server, _) = method else {
            return [.init(.fact, "dns-01: a hook takes care of \(zones.isEmpty ? "all names" : names).")]
        }
        let view = view(context, listeners)
        var findings: [CheckReport.Finding] = []
        for zone in zones {
            findings.append(
                await CheckReport.Finding.of("dns-01: \(server) serves \(zone).") {
                    guard let name = DNSName(zone) else { return }
                    _ = try await view.zoneAtPrimary(server, of: name)
                })
        }
        return findings.isEmpty ? [.init(.fact, "dns-01: \(server) is asked to change all names.")] : findings
    }

    private var names: String { zones.joined(separator: ", ") }
}

extension CheckReport.Finding {
    /// `fact` where `body` succeeds, else the problem that it met.
    fileprivate static func of(_ fact: String, _ body: () async throws -> Void) async -> CheckReport.Finding {
        do {
            try await body()
            return .init(.fact, fact)
        } catch let failure as PluginFailure {
            return .init(.problem, failure.message, remedy: failure.remedy)
        } catch {
            return .init(.warning, "It was not looked at: \(OutsideText.of("\(error)")).")
        }
    }
}

import Automation
import Foundation
import PluginKit
import Processes
import Profiles
import Runner
import Storage

/// Whether everything that flows refer to is there: profiles, secrets, programs, issuers.
struct ProfileCheckup {
    /// What flows name.
    struct Used {
        var publishing: [String: Int] = [:]
        var issuing: [String: Int] = [:]
    }

    private let opened: OpenedHome
    private let used: Used

    init(_ opened: OpenedHome, used: Used) {
        self.opened = opened
        self.used = used
    }

    private var set: ProfileSet { opened.profiles }

    func findings(_ outside: RunnerDependencies) async -> [Finding] {
        var findings = profiles()
        findings += await secrets()
        findings += await programs()
        findings += await issuers(outside)
        return findings
    }

    private func profiles() -> [Finding] {
        var findings = (set.brokenPublishing.values.flatMap(\.self) + set.brokenIssuing.values.flatMap(\.self))
            .map { problem in
                Finding.problem("profiles", "\(problem.position): \(problem.message)", remedy: problem.remedy)
            }.sorted { $0.message < $1.message }
        for (name, count) in used.publishing.sorted(by: { $0.key < $1.key }) {
            findings += missing(name, .publishing, count)
        }
        for (name, count) in used.issuing.sorted(by: { $0.key < $1.key }) { findings += missing(name, .issuing, count) }
        guard findings.isEmpty else { return findings }
        let (publishing, issuing) = (set.publishing.count, set.issuing.count)
        return [
            .ok(
                "profiles",
                "\(Wording.count(publishing, "publishing profile")) and \(Wording.count(issuing, "issuing profile")), all "
                    + "valid; flows use \(used.publishing.count) and \(used.issuing.count).")
        ]
    }

    private func missing(_ name: String, _ kind: ProfileSet.Kind, _ count: Int) -> [Finding] {
        let broken = kind == .publishing ? set.brokenPublishing[name] : set.brokenIssuing[name]
        // What is broken was told with its place already.
        guard broken == nil, let absence = set.absence(of: name, kind) else { return [] }
        return [
            .problem(
                "profiles", "\(absence.message) \(Wording.count(count, "flow")) \(count == 1 ? "names" : "name") it.",
                remedy: absence.remedy)
        ]
    }

    // MARK: Secrets

    private func secrets() async -> [Finding] {
        var wanted: [String: [String]] = [:]
        for profile in set.publishing.values {
            for target in profile.targets {
                for name in target.options.secretNames {
                    wanted[name, default: []].append("publishing/\(profile.name)")
                }
            }
        }
        for profile in set.issuing.values {
            for name in profile.options.secretNames { wanted[name, default: []].append("issuing/\(profile.name)") }
        }
        do {
            let stored = try await opened.ledger.secrets()
            let known = Set(stored.map(\.name))
            // What no flow uses may lie ready: nothing is missing before one does.
            let inUse = wanted.mapValues { Set($0.filter(isUsed)).sorted() }.filter { !$0.value.isEmpty }
            var findings = inUse.filter { !known.contains($0.key) }.sorted { $0.key < $1.key }.map { name, profiles in
                missingSecret(name, profiles)
            }
            for secret in stored where (try? opened.vault.open(secret.sealed, Vault.Place.secret(secret.name))) == nil {
                findings.append(
                    .problem(
                        "secrets", "The secret \"\(secret.name)\" can't be unsealed.",
                        remedy: "Store it anew with `certflow secret set \(secret.name)`."))
            }
            return findings.isEmpty
                ? [.ok("secrets", "\(Wording.count(stored.count, "secret")), and every one that profiles in use name.")]
                : findings
        } catch {
            return [.problem("secrets", error)]
        }
    }

    /// Whether a flow uses a profile: "publishing/NAME".
    private func isUsed(_ profile: String) -> Bool {
        let parts = profile.split(separator: "/", maxSplits: 1).map(String.init)
        return (parts.first == "publishing" ? used.publishing : used.issuing)[parts.last ?? ""] != nil
    }

    private func missingSecret(_ name: String, _ profiles: [String]) -> Finding {
        .problem(
            "secrets",
            "There is no secret \"\(name)\", which \(profiles.joined(separator: ", ")) "
                + "\(profiles.count == 1 ? "names" : "name").",
            remedy: "Store it with `certflow secret set \(name)`.")
    }

    // MARK: Programs

    /// Tests and reloads that run here, and the alert command. Of profiles that no flow uses nothing is asked.
    private func programs() async -> [Finding] {
        var programs: [String: [String]] = [:]
        for name in used.publishing.keys.sorted() {
            guard let profile = set.publishing[name] else { continue }
            for (step, command) in [("test", profile.test), ("reload", profile.reload)] {
                guard let command, command.place == .here, let program = command.arguments.first,
                    program.variables.isEmpty, let text = try? program.render(TemplateVariables()).text
                else { continue }
                programs[text, default: []].append("\(step) of publishing/\(name)")
            }
        }
        if let alerts = opened.settings.alerts, let program = alerts.command.first {
            programs[program, default: []].append("alerts in certflow.yaml")
        }
        var findings: [Finding] = []
        for (program, places) in programs.sorted(by: { $0.key < $1.key }) {
            do {
                _ = try await Processes.find(program)
            } catch {
                var finding = Finding.problem("programs", error)
                finding.message += " It is the \(places.joined(separator: ", "))."
                findings.append(finding)
            }
        }
        guard findings.isEmpty, !programs.isEmpty else { return findings }
        return [
            .ok(
                "programs",
                "Every program that flows run here is there: \(programs.keys.sorted().joined(separator: ", ")).")
        ]
    }

    // MARK: Issuers

    private func issuers(_ outside: RunnerDependencies) async -> [Finding] {
        var findings: [Finding] = []
        for name in used.issuing.keys.sorted() where set.issuing[name] != nil {
            do {
                let report = try await Issuers(outside).issuer(profile: name).check()
                let serious = report.findings.filter { $0.weight != .fact }.map { finding in
                    Finding(
                        check: "issuers", result: finding.weight == .problem ? .problem : .warning,
                        message: "\(name): \(finding.message)", remedy: finding.remedy)
                }
                findings += serious.isEmpty ? [.ok("issuers", "\(name) can issue.")] : serious
            } catch {
                var finding = Finding.problem("issuers", error)
                finding.message = "\(name): \(finding.message)"
                findings.append(finding)
            }
        }
        return findings
    }
}

import Automation
import PluginKit

/// Reads the flow of one certificate.
struct FlowReader {
    static let keys = ["renewal", "publication", "window", "publicationWindow"]
    private static let renewalKeys = ["enabled", "renew", "days"]
    private static let publicationKeys = ["enabled", "profiles", "publish", "lastResort"]

    let defaults: FlowDefaults
    let profiles: ProfileSet?
    let findings: Findings

    /// The flow under `flow` of a certificate's group; what is not given is as DESIGN.md section 2 says.
    func flow(_ certificate: GroupReader) -> Flow {
        var flow = Flow()
        flow.rules.lastResort = defaults.lastResort
        flow.rules.window = Window(.all, zone: defaults.zone)
        guard let group = certificate.group("flow", keys: Self.keys, misplaced: Self.misplaced) else { return flow }
        if let renewal = group.group("renewal", keys: Self.renewalKeys) { read(renewal, &flow.rules) }
        if let publication = group.group(
            "publication", keys: Self.publicationKeys, misplaced: Self.publicationMisplaced)
        {
            read(publication, &flow)
        }
        let reader = WindowReader(defaultZone: defaults.zone)
        if let window = group.group("window", keys: WindowReader.keys + ["earlier"]) {
            flow.rules.window = reader.window(window)
            flow.rules.earlier = window.flag("earlier") ?? flow.rules.earlier
        }
        let misplaced = ["earlier": "Write it under `window`; it counts for both stages."]
        if let window = group.group("publicationWindow", keys: WindowReader.keys, misplaced: misplaced) {
            flow.rules.publicationWindow = WindowReader(defaultZone: flow.rules.window.zone).window(window)
        }
        checkWindows(flow.rules, group)
        return flow
    }

    /// Keys of the parts that stand at the top of the flow: the parts have no key in common but `enabled` and `days`.
    private static let misplaced: [String: String] = {
        let parts = [
            ("renewal", ["renew"]), ("publication", ["profiles", "publish", "lastResort"]),
            ("window", ["periods", "open", "timeZone", "earlier"]),
        ]
        var remedies: [String: String] = [:]
        for (part, keys) in parts { for key in keys { remedies[key] = "It belongs under `\(part)`." } }
        remedies["enabled"] = "It belongs under `renewal` or `publication`."
        remedies["days"] = "It belongs under `renewal` or `window`."
        return remedies
    }()

    private static let publicationMisplaced = [
        "renew": "It belongs under `renewal`; here it is `publish`.", "days": "It belongs under `renewal`.",
        "profile": "Write `profiles: [NAME]`.", "window": "It belongs beside `publication`, as `publicationWindow`.",
    ]

    // MARK: Stages

    private enum Renew: String, CaseIterable {
        case automatic
        case beforeExpiration = "before-expiration"
        case onExpiration = "on-expiration"
        case afterExpiration = "after-expiration"
    }

    private func read(_ renewal: GroupReader, _ rules: inout FlowRules) {
        rules.renewalEnabled = renewal.flag("enabled") ?? rules.renewalEnabled
        let written = renewal.choice("renew", Renew.self)
        guard written != nil || !(renewal.has("renew") || renewal.isMisspelt("renew")) else { return }
        let renew = written ?? .automatic
        switch renew {
        case .automatic, .onExpiration:
            rules.renewIn = renew == .automatic ? .automatic : .onExpiration
            guard renewal.has("days") else { return }
            findings.report(
                renewal.keyPosition("days"), "`renew: \(renew.rawValue)` takes no `days`.",
                "Remove `days`, or write `renew: before-expiration`.")
        case .beforeExpiration, .afterExpiration:
            guard renewal.has("days") else {
                renewal.missing("days", "Say how many, from 1 to 365: `days: 30`.")
                return
            }
            guard let days = renewal.integer("days", in: 1...365) else { return }
            rules.renewIn = renew == .beforeExpiration ? .beforeExpiration(days: days) : .afterExpiration(days: days)
        }
    }

    private func read(_ publication: GroupReader, _ flow: inout Flow) {
        flow.profiles = profileNames(publication)
        flow.rules.publishOn = publication.choice("publish", PublishOn.self) ?? flow.rules.publishOn
        flow.rules.lastResort = publication.choice("lastResort", LastResort.self) ?? flow.rules.lastResort
        guard publication.has("enabled") else {
            guard publication.has("profiles") else { return }
            publication.missing(
                "enabled", "Profiles are named here: say `enabled: true` to publish to them, or `false`.")
            return
        }
        flow.rules.publicationEnabled = publication.flag("enabled") ?? false
        let namesNone = publication.node("profiles").map { $0.value == .list([]) } ?? true
        if flow.rules.publicationEnabled, namesNone, !publication.isMisspelt("profiles") {
            findings.report(
                publication.position(of: "profiles"), "Publication is enabled, but no profile says where to.",
                "Add `profiles: [NAME]`; see `certflow profile list`.")
        }
    }

    private func profileNames(_ publication: GroupReader) -> [String] {
        var names: [String] = []
        var seen: Set<String> = []
        for item in publication.items("profiles", example: "[nginx-files]") ?? [] {
            guard let text = GroupReader.text(item, of: "profiles", findings),
                let name = GroupReader.name(text, at: item.position, findings)
            else { continue }
            guard seen.insert(name).inserted else {
                findings.report(item.position, "The profile `\(name)` stands here twice.", "Remove one of the two.")
                continue
            }
            if let (message, remedy) = profiles?.unfitness(forFlows: name) {
                findings.report(item.position, message, remedy)
            }
            names.append(name)
        }
        return names
    }

    // MARK: Windows

    /// A window that never opens is an error where a stage that is enabled uses it.
    private func checkWindows(_ rules: FlowRules, _ group: GroupReader) {
        guard findings.isEmpty else { return }  // a window that could not be read says nothing
        let remedy = "Open at least one period of one day, or switch the stage off."
        if rules.window.cells.isEmpty, rules.renewalEnabled {
            findings.report(group.position(of: "window"), "The window never opens, and renewal is enabled.", remedy)
        } else if rules.windowOfPublication.cells.isEmpty, rules.publicationEnabled {
            findings.report(
                group.position(of: rules.publicationWindow == nil ? "window" : "publicationWindow"),
                "The window never opens, and publication is enabled.", remedy)
        }
    }
}

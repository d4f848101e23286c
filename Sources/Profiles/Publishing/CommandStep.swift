import Automation
import PluginKit

/// A command that tests or reloads what uses a certificate.
public struct CommandStep: Sendable, Equatable {
    public enum Place: String, Sendable, CaseIterable {
        /// The machine that runs certflow.
        case here
        /// The target, through its publisher (capability `commands`).
        case target
    }

    /// The program and its arguments; no shell is involved.
    public var arguments: [Template]
    public var timeout: Span
    public var place: Place

    public init(_ arguments: [Template], timeout: Span = Self.defaultTimeout, place: Place) {
        self.arguments = arguments
        self.timeout = timeout
        self.place = place
    }

    public static let defaultTimeout = Span.seconds(30)
    static let timeouts = Span.seconds(1)...Span.hours(1)
    static let keys = ["command", "timeout", "on"]
}

extension CommandStep {
    /// Reads `{command: [...], timeout: 30s, on: here | target}`.
    ///
    /// - Parameters:
    ///   - publisher: decides where commands run if the file does not say, and whether they may run on targets.
    ///   - templates: checks the arguments.
    init?(_ group: GroupReader, step: String, publisher: Manifest?, templates: TemplateChecker) {
        let arguments = Self.arguments(group, templates: templates)
        timeout = group.span("timeout", in: Self.timeouts) ?? Self.defaultTimeout
        // Without its publisher nothing can be said of the place; that it is unknown is reported elsewhere.
        let runsOnTargets = publisher.map { $0.capabilities.contains(.commands) }
        place = group.choice("on", Place.self) ?? (runsOnTargets == true ? .target : .here)
        if place == .target, runsOnTargets == false {
            group.findings.report(
                group.position(of: "on"),
                "The publisher `\(publisher?.name ?? "")` can't run commands on its targets.",
                "Write `on: here` to run it on the machine that runs certflow, or remove `\(step)`.")
        }
        guard let arguments else { return nil }
        self.arguments = arguments
    }

    private static func arguments(_ group: GroupReader, templates: TemplateChecker) -> [Template]? {
        guard let arguments = arguments(group, example: "[systemctl, reload, nginx]") else { return nil }
        let parsed = arguments.compactMap { templates.template($0.text, at: $0.position) }
        return parsed.count == arguments.count ? parsed : nil
    }

    /// The arguments under `command`, as written; nil, reported, where they are none.
    static func arguments(_ group: GroupReader, example: String) -> [(text: String, position: SourcePosition)]? {
        guard group.has("command") else {
            group.missing("command", "Add it, for example `command: \(example)`.")
            return nil
        }
        if case .scalar(let line) = group.node("command")?.value, !line.isEmpty {
            let words = line.split(separator: " ").joined(separator: ", ")
            group.findings.report(
                group.position(of: "command"), "`command` must be a list; no shell reads it.",
                "Write it as `command: [\(words.shown)]`.")
            return nil
        }
        guard let items = group.items("command", example: example) else { return nil }
        guard let program = items.first, program.value != .scalar("") else {
            group.findings.report(
                group.position(of: "command"), "`command` names no program.",
                "Write it as `command: \(example)`.")
            return nil
        }
        let arguments = items.compactMap { item -> (text: String, position: SourcePosition)? in
            if item.value == .scalar("") { return ("", item.position) }  // an empty argument is one
            return GroupReader.text(item, of: "command", multiline: true, group.findings).map { ($0, item.position) }
        }
        return arguments.count == items.count ? arguments : nil
    }
}

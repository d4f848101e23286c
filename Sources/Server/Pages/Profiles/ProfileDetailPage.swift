import Automation
import PluginKit
import Profiles

/// The page of one profile.
struct ProfileDetailPage {
    struct Users {
        var count = 0
        /// The first few.
        var names: [(name: String, why: String)] = []
    }

    var shape: ProfileShape
    var name: String
    var detail: ProfileDetail?
    var problems: [OptionProblem]
    /// The file; nil for who may not see it.
    var text: String?
    var users: Users
    /// How many certificates each target holds.
    var holds: [String: Int]
    var check: ProfileChecks.Outcome?
    /// What was found is told to who sees the certificate that it was found with.
    var seesFindings: Bool
    var mayCheck: Bool
    var mayEdit: Bool
    var clock: Clock
    var notes: [PageNote]

    var context: [String: Any] {
        let item = shape.isPublishing ? "profile" : "issuer"
        let more = "/automated" + PagePath.query([(item, name)])
        let context: [String: Any] = [
            "pageTitle": name, "crumbs": shape.crumbs((name, "")), "name": name, "href": shape.href(name),
            "isPublishing": shape.isPublishing,
            "lede": detail.map { $0.description.isEmpty ? "Without a description." : $0.description }
                ?? "Its file is broken.",
            "mayCheck": mayCheck && detail != nil, "mayEdit": mayEdit, "checkedWords": checkedWords,
            "hasTargets": !targets.isEmpty, "targets": targets, "file": shape.file(name), "yaml": yaml, "about": about,
            "usedWords": users.count == 0 ? "" : Wording.count(users.count, "flow"), "hasUsers": !users.names.isEmpty,
            "users": users.names.map {
                ["name": $0.name, "href": PagePath.to("certificates", $0.name), "why": $0.why]
            },
            "hasMoreUsers": users.count > users.names.count, "moreUsers": "All \(users.count)", "moreUsersHref": more,
        ]
        return context.merging(PageNote.problems(notes)) { $1 }
    }

    private var checkedWords: String {
        guard let check else { return "never checked" }
        let words = "checked \(clock.relative(check.at)) by \(check.by)"
        return check.report.notReached.map { "\(words): \($0)" } ?? words
    }

    private var targets: [[String: Any]] {
        guard shape.isPublishing else {
            guard let found = check?.report.targets.first else { return [] }
            return [target(found.name, "", found, nil)]
        }
        return (detail?.targets ?? []).map { target in
            let found = check?.report.targets.first { $0.name == target.name }
            return self.target(target.name, Self.address(target.options), found, holds[target.name] ?? 0)
        }
    }

    private func target(
        _ name: String, _ address: String, _ found: ProfileCheckReport.Target?, _ holds: Int?
    ) -> [String: Any] {
        let problem = found?.findings.first { $0.weight == .problem }
        let mark: [String: Any]
        if let found {
            mark =
                found.usable
                ? ["tone": "ok", "icon": "done", "words": "passed"] : ["tone": "bad", "icon": "bad", "words": "failed"]
        } else {
            mark = ["tone": "wait", "icon": "ask", "words": "never checked"]
        }
        let words = (problem.map { [$0] } ?? found?.findings ?? []).map(\.message).joined(separator: "; ")
        let remedy = seesFindings ? problem?.remedy : nil
        return [
            "name": name, "address": address, "mark": mark, "found": seesFindings ? words : "",
            "hasRemedy": remedy != nil,
            "remedy": remedy ?? "", "holds": holds.map { Wording.count($0, "certificate") } ?? "",
        ]
    }

    /// What of a target's options says where it is.
    private static func address(_ options: ShownOptions) -> String {
        guard case .group(let values) = options else { return "" }
        func text(_ key: String) -> String? {
            switch values[key] {
            case .text(let text): text
            case .integer(let number): String(number)
            default: nil
            }
        }
        if let host = text("host") { return text("port").map { "\(host):\($0)" } ?? host }
        return ["server", "url", "address", "directory", "path"].compactMap(text).first ?? ""
    }

    private var about: [[String: Any]] {
        guard let detail else {
            return problems.map { ["label": "Line \($0.position.line)", "text": "\($0.message) \($0.remedy)"] }
        }
        var about: [(String, String)] = [(shape.isPublishing ? "Publisher" : "Issuer", detail.backend)]
        if let test = detail.test { about.append(("Test", test.words)) }
        if let reload = detail.reload { about.append(("Reload", reload.words)) }
        if shape.isPublishing { about.append(("Proof", detail.proof ?? "none: ends as published, not checked")) }
        if let rollout = detail.rollout { about.append(("Rollout", rollout)) }
        if let rollsBack = detail.rollsBack {
            about.append(
                ("If it fails", rollsBack ? "puts the version before back" : "leaves the new version in place"))
        }
        if let verified = detail.verified { about.append(("Verified", verified)) }
        for line in detail.options?.lines ?? [] { about.append(Self.parts(line)) }
        if let first = detail.targets.first {
            for line in first.options.lines { about.append(Self.parts(line)) }
        }
        return about.map { ["label": $0.0, "text": $0.1] }
    }

    /// A line of options as label and text; no label where it is an item of a list.
    static func parts(_ line: String) -> (String, String) {
        let label = line.prefix { $0.isLetter || $0.isNumber || "._-".contains($0) }
        let rest = line.dropFirst(label.count)
        guard label.first?.isLetter == true, rest == ":" || rest.hasPrefix(": ") else { return ("", line) }
        return (String(label), String(rest.dropFirst(2)))
    }

    private var yaml: [String: Any] {
        let bad = Set(problems.map(\.position.line))
        let shown =
            text
            ?? (detail?.targets ?? []).flatMap { ["\($0.name):"] + $0.options.lines.map { "  \($0)" } }.joined(
                separator: "\n")
        return YAMLLines.context("The profile, line by line", shown, bad: text == nil ? [] : bad)
    }
}

/// A file with numbers before its lines: the template `yaml-lines`.
enum YAMLLines {
    static func context(_ label: String, _ text: String, bad: Set<Int>) -> [String: Any] {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return [
            "label": label,
            "lines": lines.enumerated().map { index, line -> [String: Any] in
                ["number": String(index + 1), "text": line, "isBad": bad.contains(index + 1)]
            },
        ]
    }
}

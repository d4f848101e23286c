import Automation
import PluginKit
import Profiles

/// The list of profiles of one kind.
struct ProfileListPage {
    var shape: ProfileShape
    var set: ProfileSet
    /// How many certificates use each.
    var uses: [String: Int]
    var problems: [String]
    var checks: ProfileChecks
    var mayEdit: Bool
    var clock: Clock
    var notes: [PageNote]

    var context: [String: Any] {
        let names = shape.names(set)
        var notes = notes
        if !problems.isEmpty {
            var note = PageNote(
                tone: .bad, title: "Not all files are read:", text: problems.first ?? "",
                more: Array(problems.dropFirst().prefix(9)) + ["The set read before stays in force."])
            note.isAlert = true
            notes.append(note)
        }
        let about = shape.isPublishing ? "Where certificates go, and how." : "Who issues certificates, and how."
        let context: [String: Any] = [
            "pageTitle": shape.title, "title": shape.title, "base": shape.base, "isPublishing": shape.isPublishing,
            "backend": shape.isPublishing ? "Publisher" : "Issuer", "crumbs": shape.crumbs(),
            "lede": "\(about) \(Wording.count(names.count, "profile")).", "mayEdit": mayEdit, "hasRows": !names.isEmpty,
            "rows": names.map(row),
            "nothing": ListingParts.empty(
                "No profiles",
                shape.isPublishing
                    ? "A publishing profile says where certificates go, and how."
                    : "An issuing profile says who issues, and how.",
                acts: mayEdit ? [("Add profile", "\(shape.base)/add")] : [], command: "certflow profile list"),
        ]
        return context.merging(PageNote.problems(notes)) { $1 }
    }

    private func row(_ name: String) -> [String: Any] {
        let broken = shape.problems(set, name).first
        let publishing = shape.isPublishing ? set.publishing[name] : nil
        let issuing = shape.isPublishing ? nil : set.issuing[name]
        let count = uses[name] ?? 0
        let item = shape.isPublishing ? "profile" : "issuer"
        return [
            "name": name, "href": shape.href(name),
            "description": broken.map {
                "broken: line \($0.position.line), column \($0.position.column): \($0.message)"
            }
                ?? publishing?.description ?? issuing?.description ?? "",
            "publisher": publishing?.publisher ?? issuing?.issuer ?? "unknown",
            "targets": publishing.map { String($0.targets.count) } ?? (shape.isPublishing ? "unknown" : ""),
            "hasUses": count > 0, "usesHref": "/automated" + PagePath.query([(item, name)]),
            "uses": count == 0 ? "none" : Wording.count(count, "flow"), "check": check(name, broken != nil),
            "isBroken": broken != nil,
        ]
    }

    private func check(_ name: String, _ isBroken: Bool) -> [String: Any] {
        func mark(_ tone: String, _ icon: String, _ words: String, _ second: String) -> [String: Any] {
            ["tone": tone, "icon": icon, "words": words, "second": second]
        }
        if isBroken { return mark("bad", "bad", "not read", "") }
        guard let last = checks.last("\(shape.kind.rawValue)/\(name)") else {
            return mark("wait", "ask", "never checked", "since this server began")
        }
        let ago = clock.relative(last.at)
        let (targets, failed) = (last.report.targets.count, last.report.targets.filter { !$0.usable }.count)
        if let reason = last.report.notReached { return mark("wait", "ask", "not reached", reason) }
        if failed == 0 { return mark("ok", "done", "\(targets) of \(targets) passed", ago) }
        return mark("bad", "bad", "\(failed) of \(targets) failed", ago)
    }
}

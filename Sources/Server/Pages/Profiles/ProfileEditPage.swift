import Automation
import PluginKit

/// The page on which a profile is changed: as YAML, or through a form.
struct ProfileEditPage {
    var shape: ProfileShape
    /// Nil for one that is yet to be made.
    var name: String?
    /// Of a new one, as it was typed.
    var newName = ""
    var text = ""
    var etag = ""
    /// Nil: as YAML.
    var form: ProfileForm?
    var backend = ""
    var backends: [String] = []
    var problems: [OptionProblem] = []
    /// What is wrong besides.
    var refusals: [Problem] = []
    var conflict: PageNote?
    var savesWords = "The set of profiles is read anew as a whole: all valid, or nothing changes."
    var uses = 0

    private var base: String { name.map { shape.href($0) } ?? "\(shape.base)/add" }
    private var backHref: String { name.map { shape.href($0) } ?? shape.base }
    private var isNew: Bool { name == nil }

    private var otherHref: String { form == nil ? "\(base)/form" : (isNew ? base : "\(base)/edit") }

    private var action: String {
        guard form != nil else { return isNew ? base : "\(base)/edit" }
        return "\(base)/form" + (isNew ? PagePath.query([("backend", backend)]) : "")
    }

    private var lede: String {
        if isNew { return "Saving writes a new file." }
        let uses =
            uses == 0
            ? "no flow uses it"
            : "\(Wording.count(uses, "flow")) \(uses == 1 ? "uses" : "use") it from the next publication on"
        return "Saving replaces the file; \(uses)." + (form == nil ? "" : " The form keeps comments at its top only.")
    }

    private var errors: [[String: Any]] {
        func error(_ id: String, _ label: String, _ message: String, _ remedy: String) -> [String: Any] {
            [
                "hasLine": false, "id": id, "line": "", "column": "", "label": label, "message": message,
                "remedy": remedy,
            ]
        }
        let fields = (form?.errors ?? []).compactMap { field in
            field.error.map {
                error(field.path, field.path.replacingOccurrences(of: "with.", with: ""), $0.message, $0.remedy)
            }
        }
        let lines = problems.map { problem -> [String: Any] in
            if form != nil { return error("profile-name", "The profile", problem.message, problem.remedy) }
            return [
                "hasLine": true, "id": "line-\(problem.position.line)", "line": String(problem.position.line),
                "column": String(problem.position.column), "label": "", "message": problem.message,
                "remedy": problem.remedy,
            ]
        }
        return fields + lines + refusals.map { error("profile-name", "Name", $0.message, $0.remedy) }
    }

    var context: [String: Any] {
        let title = name.map { "Edit \($0)" } ?? "Add a profile"
        let errors = errors
        var groups = form?.context ?? []
        if isNew, form != nil { groups.insert(["title": "With what", "fields": [backendField]], at: 0) }
        return [
            "pageTitle": title, "title": title, "lede": lede,
            "crumbs": name.map { shape.crumbs(($0, shape.href($0)), ("Edit", "")) } ?? shape.crumbs(("Add", "")),
            "hasOther": true, "otherHref": otherHref, "otherWords": form == nil ? "Edit in a form" : "Write it as YAML",
            "hasErrors": !errors.isEmpty,
            "errorsTitle": errors.isEmpty ? "" : "The profile is not saved: \(Wording.count(errors.count, "error"))",
            "errors": errors, "hasConflict": conflict != nil, "conflict": conflict?.context ?? [:], "action": action,
            "etag": etag, "isYaml": form == nil, "asksName": isNew, "name": name ?? newName,
            "file": shape.file(name ?? "NAME"),
            "yamlText": form == nil ? text : "",
            "yaml": YAMLLines.context(
                "The profile, line by line", form == nil ? text : "", bad: Set(problems.map(\.position.line))),
            "groups": groups, "savesWords": savesWords, "backHref": backHref,
        ]
    }

    private var backendField: [String: Any] {
        [
            "id": "backend", "name": "backend", "label": shape.backendKey, "isText": false, "isChoice": true,
            "isBoolean": false, "isList": false, "isRequired": true, "value": backend, "isOn": false, "rows": "3",
            "inputMode": "text", "placeholder": "",
            "options": backends.map { ["value": $0, "label": $0, "isOn": $0 == backend] as [String: Any] },
            "hasHelp": true,
            "help": "Choose another and press Check: the form is drawn anew for it.", "hasError": false, "error": "",
        ]
    }
}

import Automation
import Foundation

/// What a person reads before something is done by hand, and the form that does it.
struct ConfirmPage {
    struct Option {
        var value: String
        var label: String
        var line = ""
        var tone = ""
        var isOn = false
    }

    struct Question {
        var label: String
        var name: String
        /// Otherwise several may be chosen.
        var isRadio: Bool
        var options: [Option]
    }

    struct Input {
        var name: String
        var type: String
        var label: String
        var hint = ""
        var value = ""
        var autocomplete = "off"
    }

    /// "Renew www.example.com now?"
    var title: String
    /// "Renew now"
    var verb: String
    /// What the other button says: "Keep the planned run".
    var keepWords: String
    var action: String
    var backHref: String
    var says: [String] = []
    var facts: [(label: String, text: String)] = []
    /// Notes for the template.
    var warnings: [[String: Any]] = []
    var questions: [Question] = []
    var inputs: [Input] = []
    var hidden: [(name: String, value: String)] = []
    var isDanger = false
    var isDownload = false

    /// - Parameters:
    ///   - key: `OnceKey.make`.
    ///   - problem: why it was not done.
    func context(crumbs: [[String: Any]], key: String, reason: String, problem: Problem?) -> [String: Any] {
        let none: [String: Any] = [:]
        let error = problem.map {
            CertificateMark.note(
                .needsPerson, $0.message, $0.remedy, isAlert: true,
                more: places(of: $0))
        }
        return [
            "pageTitle": title, "crumbs": crumbs, "title": title, "action": action, "isDownload": isDownload,
            "idempotencyKey": key, "hidden": hidden.map { ["name": $0.name, "value": $0.value] },
            "hasError": error != nil, "error": error ?? none, "says": says, "hasNames": false, "namesTitle": "",
            "names": [String](), "hasMoreNames": false, "moreNames": "", "hasFacts": !facts.isEmpty,
            "facts": facts.map { ["label": $0.label, "text": $0.text] }, "hasWarnings": !warnings.isEmpty,
            "warnings": warnings, "questions": questions.map { context($0) },
            "inputs": inputs.map { context($0, problem) }, "asksReason": true, "reason": reason, "isDanger": isDanger,
            "verb": verb, "keepWords": keepWords, "backHref": backHref,
        ]
    }

    /// What the message itself does not say.
    private func places(of problem: Problem) -> [String] {
        problem.places.filter { $0.message != problem.message }.prefix(20).map { "\($0.place): \($0.message)" }
    }

    private func context(_ question: Question) -> [String: Any] {
        [
            "label": question.label, "isRadio": question.isRadio, "isCheck": !question.isRadio,
            "options": question.options.enumerated().map { index, option in
                [
                    "id": "\(question.name)-\(index + 1)", "name": question.name, "value": option.value,
                    "label": option.label, "line": option.line, "tone": option.tone, "isOn": option.isOn,
                ] as [String: Any]
            },
        ]
    }

    private func context(_ input: Input, _ problem: Problem?) -> [String: Any] {
        let error = problem?.places.first { $0.place == input.name }.map { "\($0.message) \($0.remedy)" }
        return [
            "id": input.name, "name": input.name, "type": input.type, "label": input.label,
            "hasHint": !input.hint.isEmpty, "hint": input.hint, "value": input.value,
            "autocomplete": input.autocomplete, "isRequired": false, "hasError": error != nil, "error": error ?? "",
        ]
    }
}

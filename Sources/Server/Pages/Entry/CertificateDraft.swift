import Automation
import Foundation
import PluginKit
import Profiles

/// A certificate as the form *Add a certificate* has it.
struct CertificateDraft: Equatable {
    var name = ""
    var subjects = ""
    var issuer = ""
    var key = KeyType.ecdsaP256.rawValue
    var reuse = false
    var labels = ""
    var owner = ""
    var note = ""

    init() {}

    init(_ fields: Fields) throws(Problem) {
        func lines(_ name: String, _ limit: Int) throws(Problem) -> String {
            try fields.text(name, atMost: limit).replacingOccurrences(of: "\r\n", with: "\n")
        }
        name = try fields.text("name", atMost: 300).trimmingCharacters(in: .whitespaces)
        subjects = try lines("subjects", 30_000)
        issuer = try fields.text("issuer", atMost: 300)
        key = try fields.text("keyType", atMost: 40)
        reuse = try fields.flag("reuse")
        labels = try lines("labels", 20_000)
        owner = try fields.text("owner", atMost: 200).trimmingCharacters(in: .whitespaces)
        note = try lines("note", 2000).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    struct Mistake: Equatable {
        /// The id of its control.
        var id: String
        var label: String
        var message: String
        var remedy: String
    }

    /// - Parameter scope: labels that it must bear, so that whoever makes it sees it.
    func read(
        _ profiles: ProfileSet, _ defaults: FlowDefaults, scope: [String: String]
    ) -> (spec: CertificateSpec?, mistakes: [Mistake]) {
        var mistakes: [Mistake] = []
        if !OptionText.isName(name) {
            mistakes.append(
                Mistake(
                    id: "name", label: "Name", message: "\"\(name.prefix(60))\" can't be a certificate's name.",
                    remedy: "Use letters, digits and . _ - *, beginning with a letter, a digit or *."))
        }
        let subjects = readSubjects(&mistakes)
        if let absence = profiles.absence(of: issuer, .issuing) {
            mistakes.append(
                Mistake(id: "issuer", label: "Issuing profile", message: absence.message, remedy: absence.remedy))
        }
        let type = KeyType(rawValue: key)
        if type == nil {
            mistakes.append(Mistake(id: "key", label: "Key", message: "That is no kind of key.", remedy: "Choose one."))
        }
        var labels: [String: String] = [:]
        do throws(Problem) {
            labels = try LabelLines.read(self.labels, field: "labels")
            if !scope.allSatisfy({ labels[$0.key] == $0.value }) {
                throw Problem.refused(
                    "labels.scope", "You see only certificates with \(LabelLines.words(scope)).",
                    remedy:
                        "Give it these labels: \(scope.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ", "))."
                )
            }
        } catch {
            mistakes.append(Mistake(id: "labels", label: "Labels", message: error.message, remedy: error.remedy))
        }
        for (id, label, text) in [("owner", "Owner", owner), ("note", "Note", note)] {
            let isShown = text.unicodeScalars.allSatisfy {
                $0.value >= 32 && $0.value != 127 || $0 == "\n" && id == "note"
            }
            if !isShown {
                mistakes.append(
                    Mistake(
                        id: id, label: label, message: "It holds a character that can't be shown.", remedy: "Remove it."
                    ))
            }
        }
        guard mistakes.isEmpty, let type else { return (nil, mistakes) }
        var flow = Flow()
        flow.rules.lastResort = defaults.lastResort
        flow.rules.window = Window(.all, zone: defaults.zone)
        return (
            CertificateSpec(
                name: name, subjects: subjects, issuer: issuer, key: KeyPolicy(type: type, reuse: reuse),
                labels: labels,
                owner: owner, note: note, flow: flow), []
        )
    }

    private func readSubjects(_ mistakes: inout [Mistake]) -> [Subject] {
        var lines = subjects.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        if lines.isEmpty { lines = [name] }
        var found: [Subject] = []
        func wrong(_ message: String, _ remedy: String) {
            mistakes.append(Mistake(id: "subjects", label: "Subjects", message: message, remedy: remedy))
        }
        guard lines.count <= 500 else {
            wrong("There are more than 500 subjects.", "Make several certificates of it.")
            return []
        }
        for line in lines {
            guard let subject = Subject(line) else {
                wrong(
                    "\"\(line.prefix(80))\" is neither a DNS name nor an address.",
                    line.contains(" ") ? "Remove the space." : "Write for example www.example.com or 192.0.2.7.")
                return []
            }
            guard !found.contains(subject) else {
                wrong("\(subject) stands there twice.", "Remove one of the two.")
                return []
            }
            found.append(subject)
        }
        return found
    }
}

/// The page *Add a certificate*.
struct CertificateAddPage {
    var draft: CertificateDraft
    var issuers: [String]
    var mistakes: [CertificateDraft.Mistake] = []

    var context: [String: Any] {
        var context: [String: Any] = [
            "pageTitle": "Add a certificate", "crumbs": Crumbs.to(("Certificates", "/certificates"), ("Add", "")),
            "title": "Add a certificate",
            "lede": "Its first version is asked for at once; nothing is published until a flow says where.",
            "hasErrors": !mistakes.isEmpty,
            "errorsTitle": mistakes.isEmpty
                ? "" : "The certificate is not added: \(Wording.count(mistakes.count, "error"))",
            "errors": mistakes.map { ["id": $0.id, "label": $0.label, "message": $0.message, "remedy": $0.remedy] },
            "action": "/certificates/add", "etag": "", "isNew": true, "name": draft.name, "subjects": draft.subjects,
            "issuers": issuers.map { ["value": $0, "label": $0, "isOn": $0 == draft.issuer] as [String: Any] },
            "keys": KeyType.allCases.map { type -> [String: Any] in
                ["value": type.rawValue, "label": Self.words(type), "isOn": type.rawValue == draft.key]
            },
            "reuse": draft.reuse, "labels": draft.labels, "owner": draft.owner, "note": draft.note,
            "verb": "Add certificate", "backHref": "/certificates", "then": "The Automated flow opens next.",
        ]
        for (id, key) in [("name", "Name"), ("subjects", "Subjects"), ("issuer", "Issuer"), ("labels", "Labels")] {
            let message = mistakes.first { $0.id == id }.map { "\($0.message) \($0.remedy)" }
            context["has\(key)Error"] = message != nil
            context["\(id)Error"] = message ?? ""
        }
        return context
    }

    private static func words(_ type: KeyType) -> String {
        switch type {
        case .ecdsaP256: "ECDSA P-256"
        case .ecdsaP384: "ECDSA P-384"
        case .rsa2048: "RSA 2048"
        case .rsa3072: "RSA 3072"
        case .rsa4096: "RSA 4096"
        }
    }
}

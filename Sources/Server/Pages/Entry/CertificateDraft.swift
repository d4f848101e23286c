import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// A certificate as the forms *Add a certificate* and *Edit* have it.
struct CertificateDraft: Equatable, Codable {
    var name = ""
    var subjects = ""
    var issuer = ""
    /// The issuing profile that takes over; empty for none.
    var fallback = ""
    /// "5d"
    var fallbackAfter = ""
    var key = KeyType.ecdsaP256.rawValue
    var reuse = false
    var labels = ""
    var owner = ""
    var note = ""

    init() {}

    /// As it is stored.
    init(_ record: CertificateRecord) {
        name = record.name
        subjects = record.subjects.map(\.description).joined(separator: "\n")
        issuer = record.issuer
        fallback = record.fallback?.issuer ?? ""
        fallbackAfter = record.fallback.map { OptionText.words(seconds: $0.after.seconds) } ?? ""
        (key, reuse) = (record.key.type.rawValue, record.key.reuse)
        labels = LabelLines.text(record.labels)
        (owner, note) = (record.owner, record.note)
    }

    /// What its form sends.
    static let takes = [
        "etag", "base", "subjects", "issuer", "fallback", "fallbackAfter", "keyType", "reuse", "labels", "owner",
        "note",
    ].map { APIField($0) }

    init(_ fields: Fields) throws(Problem) {
        func lines(_ name: String, _ limit: Int) throws(Problem) -> String {
            try fields.text(name, atMost: limit).replacingOccurrences(of: "\r\n", with: "\n")
        }
        name = try fields.text("name", atMost: 300).trimmingCharacters(in: .whitespaces)
        subjects = try lines("subjects", 30_000)
        issuer = try fields.text("issuer", atMost: 300)
        fallback = try fields.text("fallback", atMost: 300)
        fallbackAfter = try fields.text("fallbackAfter", atMost: 40).trimmingCharacters(in: .whitespaces)
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

    /// - Parameters:
    ///   - scope: labels that it must bear, so that whoever makes it sees it.
    ///   - flow: of one that is there already.
    func read(
        _ profiles: ProfileSet, _ defaults: FlowDefaults, scope: [String: String], flow known: Flow? = nil
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
        let fallback = readFallback(profiles, &mistakes)
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
                name: name, subjects: subjects, issuer: issuer, fallback: fallback,
                key: KeyPolicy(type: type, reuse: reuse), labels: labels, owner: owner, note: note, flow: known ?? flow
            ), []
        )
    }

    /// As flows.yaml takes it.
    private func readFallback(_ profiles: ProfileSet, _ mistakes: inout [Mistake]) -> Fallback? {
        guard !fallback.isEmpty else { return nil }
        func wrong(_ id: String, _ message: String, _ remedy: String) {
            mistakes.append(Mistake(id: id, label: "Fallback", message: message, remedy: remedy))
        }
        if let absence = profiles.absence(of: fallback, .issuing) {
            wrong("fallback", absence.message, absence.remedy)
        } else if fallback == issuer {
            wrong("fallback", "\(issuer) is the issuing profile already.", "Choose another one, or none.")
        }
        guard !fallbackAfter.isEmpty else { return Fallback(issuer: fallback) }
        guard let seconds = OptionText.seconds(fallbackAfter), (900...365 * 86_400).contains(seconds) else {
            wrong(
                "fallbackAfter", "\"\(fallbackAfter.prefix(40))\" is no length from 15 minutes to a year.",
                "Write it as 12h or 5d.")
            return nil
        }
        return Fallback(issuer: fallback, after: .seconds(seconds))
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

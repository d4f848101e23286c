import Automation
import Certificates
import Runner

/// The page *Import certificates*, and what came of it.
struct ImportPage {
    struct Result {
        var name: String
        var isTaken: Bool
        var words: String
        var text: String
        /// The certificate; nil where there is none to be shown.
        var certificate: String?

        static func refused(_ name: String, _ text: String) -> Result {
            Result(name: name, isTaken: false, words: "not taken", text: text, certificate: nil)
        }
    }

    var name = ""
    var issuer = ""
    var issuers: [String] = []
    var results: [Result] = []
    var notes: [PageNote] = []

    static func taken(_ pair: ImportedMaterial.Pair, _ effect: Desk.ImportEffect) -> Result {
        let until = "to \(LocalTime(pair.chain.leaf.notAfter, in: .utc).words) UTC"
        let chain = "with its key and \(Wording.count(max(0, pair.chain.certificates.count - 1), "chain certificate"))"
        switch effect {
        case .created:
            return Result(
                name: pair.name, isTaken: true, words: "imported", text: "version 1, \(until), \(chain)",
                certificate: pair.name)
        case .added(let version):
            return Result(
                name: pair.name, isTaken: true, words: "imported", text: "version \(version), \(until), \(chain)",
                certificate: pair.name)
        case .known(let certificate, let version):
            return Result(
                name: pair.name, isTaken: true, words: "here already", text: "version \(version) of \(certificate)",
                certificate: certificate)
        }
    }

    /// One thing can stand in several files, and is told once.
    static func left(_ leftOut: [ImportedMaterial.LeftOut]) -> [Result] {
        var results: [Result] = []
        var known: [CertificateFailure: Int] = [:]
        for left in leftOut {
            if let index = known[left.reason] {
                results[index].name += ", \(left.source)"
                continue
            }
            known[left.reason] = results.count
            let remedy =
                left.reason.code == .passphraseMissing
                ? "Give the passphrase that it was exported with." : left.reason.remedy
            let isHarmless = left.reason.isHarmlessToImport
            results.append(
                Result(
                    name: left.source, isTaken: false, words: isHarmless ? "not needed" : "not taken",
                    text: "\(left.reason.message) \(remedy)", certificate: nil))
        }
        return results
    }

    var context: [String: Any] {
        let taken = results.count { $0.isTaken }
        let context: [String: Any] = [
            "pageTitle": "Import certificates", "crumbs": Crumbs.to(("Certificates", "/certificates"), ("Import", "")),
            "lede": "Existing certificates come in with their key; nothing is published until a flow says where.",
            "hasResults": !results.isEmpty, "resultsWords": "\(taken) of \(results.count) taken",
            "results": results.map(row), "name": name,
            "issuers": [["value": "", "label": "nobody: renewed elsewhere", "isOn": issuer.isEmpty] as [String: Any]]
                + issuers.map { ["value": $0, "label": $0, "isOn": $0 == issuer] as [String: Any] },
        ]
        return context.merging(PageNote.problems(notes)) { $1 }
    }

    private func row(_ result: Result) -> [String: Any] {
        let mark: [String: Any] =
            result.isTaken
            ? ["tone": "ok", "icon": "done", "words": result.words]
            : [
                "tone": result.words == "not needed" ? "off" : "bad",
                "icon": result.words == "not needed" ? "off" : "bad", "words": result.words,
            ]
        return [
            "name": result.name, "hasHref": result.certificate != nil,
            "href": result.certificate.map { PagePath.to("certificates", $0) } ?? "", "mark": mark, "text": result.text,
        ]
    }
}

import Automation
import Certificates
import Foundation
import PluginKit
import Profiles
import Runner
import Storage

/// How certificates come in: made here, or brought along.
enum EntryRoutes {
    static let routes: [Route] = [
        .page(.get, "/certificates/add", .right(.operate)) { exchange in
            var draft = CertificateDraft()
            draft.issuer = exchange.house.defaults.issuer ?? ""
            draft.labels = LabelLines.text(try exchange.principal.scope)
            return try await add(exchange, draft, [])
        },
        .page(
            .post, "/certificates/add", .right(.operate),
            takes: CertificateDraft.takes + [APIField("name")], takeAdded),
        .page(.get, "/certificates/import", .right(.operate)) { exchange in try await page(exchange, ImportPage()) },
        .page(
            .post, "/certificates/import", .right(.operate),
            takes: [APIField("file", .files)] + ["pem", "passphrase", "name", "issuer"].map { APIField($0) },
            takeImported),
    ]

    // MARK: Adding

    private static func add(
        _ exchange: Exchange, _ draft: CertificateDraft, _ mistakes: [CertificateDraft.Mistake]
    ) async throws -> Reply {
        let page = CertificateAddPage(
            draft: draft, issuers: exchange.house.profiles.issuing.keys.sorted(), mistakes: mistakes)
        return try await Page(exchange).reply(
            "certificate-add", page.context, current: "/certificates",
            status: mistakes.isEmpty ? .ok : .unprocessableContent)
    }

    private static func takeAdded(_ exchange: Exchange) async throws -> Reply {
        let (house, principal) = (exchange.house, try exchange.principal)
        let draft = try CertificateDraft(exchange.fields)
        var (spec, mistakes) = draft.read(house.profiles, house.defaults, scope: principal.scope)
        if let name = spec?.name, try await house.ledger.certificate(named: name) != nil {
            mistakes = [taken(name)]
            spec = nil
        }
        guard let spec else { return try await add(exchange, draft, mistakes) }
        do {
            _ = try await house.desk(principal, reason: "").apply([spec], isRehearsal: false)
        } catch let refusal as DeskRefusal {
            let problem = principal.told(Problem(refusal))
            let mistake = CertificateDraft.Mistake(
                id: "name", label: "Name", message: problem.message, remedy: problem.remedy)
            return try await add(exchange, draft, [mistake])
        }
        house.wake()
        return .seeOther(PagePath.to("certificates", spec.name, "flow"))
    }

    private static func taken(_ name: String) -> CertificateDraft.Mistake {
        CertificateDraft.Mistake(
            id: "name", label: "Name", message: "The name \(name) is taken.", remedy: "Choose another name.")
    }

    // MARK: Importing

    private static func page(_ exchange: Exchange, _ page: ImportPage, status: Int = 200) async throws -> Reply {
        var page = page
        page.issuers = exchange.house.profiles.issuing.keys.sorted()
        return try await Page(exchange).reply(
            "import", page.context, current: "/certificates", status: .init(code: status))
    }

    private static func takeImported(_ exchange: Exchange) async throws -> Reply {
        let (house, principal) = (exchange.house, try exchange.principal)
        var shown = ImportPage()
        shown.name = try exchange.fields.text("name", atMost: 300).trimmingCharacters(in: .whitespaces)
        shown.issuer = try exchange.fields.text("issuer", atMost: 300)
        let files = try files(exchange)
        guard !files.isEmpty else {
            shown.notes = [PageNote(tone: .bad, title: "Nothing was given.", text: "Choose a file, or paste PEM.")]
            return try await page(exchange, shown, status: 422)
        }
        if !shown.name.isEmpty, !OptionText.isName(shown.name) {
            shown.notes = [
                PageNote(
                    tone: .bad, title: "\"\(shown.name.prefix(60))\" can't be a certificate's name.",
                    text: "Use letters, digits and . _ - *.")
            ]
            return try await page(exchange, shown, status: 422)
        }
        if !shown.issuer.isEmpty, let absence = house.profiles.absence(of: shown.issuer, .issuing) {
            shown.notes = [PageNote(tone: .bad, title: absence.message, text: absence.remedy)]
            return try await page(exchange, shown, status: 422)
        }
        let passphrase = exchange.fields["passphrase"].flatMap {
            $0.isEmpty ? nil : Secret(text: String($0.prefix(1024)))
        }
        let (name, now) = (shown.name.isEmpty ? nil : shown.name, house.now())
        let material = try await ProfileEditor.workers.run {
            ImportedMaterial(files: files, passphrase: passphrase, suggestedName: name, at: now)
        }
        shown.results = ImportPage.left(material.leftOut)
        guard name == nil || material.pairs.count <= 1 else {
            shown.notes = [
                PageNote(
                    tone: .bad, title: "One name, but \(material.pairs.count) certificates were found.",
                    text: "Leave the name empty, or give the files of one certificate.")
            ]
            return try await page(exchange, shown, status: 422)
        }
        for pair in material.pairs {
            shown.results.append(
                try await take(pair, issuer: shown.issuer.isEmpty ? nil : shown.issuer, house, principal))
        }
        house.wake()
        return try await page(exchange, shown, status: shown.results.contains(where: \.isTaken) ? 200 : 422)
    }

    /// What was pasted and what was sent as files; limits hold before anything of it is parsed.
    private static func files(_ exchange: Exchange) throws -> [ImportFile] {
        var files: [ImportFile] = []
        let type = exchange.headers[.contentType] ?? ""
        if type.lowercased().hasPrefix("multipart/form-data") {
            for part in try MultipartForm(exchange.body, type: type).files("file") {
                let name = (part.file ?? "").unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }.prefix(100)
                files.append(ImportFile(source: String(String.UnicodeScalarView(name)), content: Secret(part.content)))
            }
        }
        let pasted = exchange.fields["pem"] ?? ""
        if !pasted.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty {
            files.append(ImportFile(source: "what was pasted", content: Secret(text: pasted)))
        }
        return files
    }

    /// Of a certificate that this person does not see nothing is told, and nothing is changed.
    private static func take(
        _ pair: ImportedMaterial.Pair, issuer: String?, _ house: House, _ principal: Principal
    ) async throws -> ImportPage.Result {
        let desk = house.desk(principal, reason: "")
        if let known = try await house.ledger.certificate(named: pair.name), !principal.sees(known.labels) {
            return .refused(pair.name, "The name is taken. Give another one.")
        }
        let imported = ImportedVersion(pair)
        if let same = try await house.ledger.version(withFingerprint: imported.issued.fingerprint.sha256),
            let known = try await house.ledger.certificate(same.certificate), !principal.sees(known.labels)
        {
            return .refused(pair.name, "It is here already, where you do not see it.")
        }
        do {
            let effect = try await desk.take(imported, issuer: issuer, vault: house.outside.vault)
            if effect == .created, !principal.scope.isEmpty,
                let record = try await house.ledger.certificate(named: pair.name)
            {
                // So that whoever brought it sees it.
                var spec = CertificateSpec(record)
                spec.labels.merge(principal.scope) { $1 }
                _ = try await desk.apply([spec], isRehearsal: false)
            }
            return ImportPage.taken(pair, effect)
        } catch let refusal as DeskRefusal {
            let problem = principal.told(Problem(refusal))
            return .refused(pair.name, "\(problem.message) \(problem.remedy)")
        }
    }
}

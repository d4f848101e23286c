import Automation
import Certificates
import Foundation
import PluginKit
import Profiles
import Runner
import Storage

/// Certificates come, change and go.
enum ChangeAPI {
    private static let certificate = APIField(
        "certificate", .object("CertificateSpec"), required: true, "As flows.yaml has it.")
    private static let dryRun = APIField("dryRun", .flag, "Only says what would be done.")

    static let routes: [Route] = [
        .api(
            .post, "/apply", .right(.operate),
            takes: [
                APIField("certificates", .object("CertificateSpecs"), "As flows.yaml has them; or `files`."),
                APIField("files", .object("Files"), "Such files as text, by the names that problems tell."),
                FlowConfirmation.fieldOfMany, dryRun, .why,
            ],
            APIShape(
                "changes", "Creates or changes certificates and their flows, all or none.", answers: "Applied",
                isAct: true)
        ) { exchange in
            try await apply(exchange, try readAll(exchange))
        },
        .api(
            .post, "/certificates", .right(.operate), takes: [certificate, .why],
            APIShape("changes", "Creates a certificate.", status: 201, answers: "Applied", isAct: true)
        ) { exchange in
            let specs = try read(exchange, .list([try exchange.value("certificate") ?? .null]))
            for spec in specs where try await exchange.house.ledger.certificate(named: spec.name) != nil {
                throw Problem(
                    409, "certificate.taken", "There is a certificate \(spec.name) already.",
                    remedy: "Change that one, or choose another name.")
            }
            return try await apply(exchange, specs, status: 201)
        },
        .api(
            .get, "/certificates/{name}/spec", .right(.read),
            APIShape(
                "changes", "A certificate as flows.yaml has it, ready to be changed.", answers: "Spec",
                isVersioned: true)
        ) { exchange in
            let record = try await exchange.certificate
            return try exchange.versioned(SpecForm(CertificateSpec(record)), String(record.revision))
        },
        .api(
            .put, "/certificates/{name}/spec", .right(.operate),
            takes: [certificate, FlowConfirmation.field, dryRun, .why],
            APIShape("changes", "Changes a certificate as a whole.", answers: "Applied", isVersioned: true)
        ) { exchange in
            let record = try await exchange.certificate
            let specs = try read(exchange, .list([try exchange.value("certificate") ?? .null]))
            guard specs.allSatisfy({ $0.name == record.name }) else {
                throw Fields.wrong("certificate", "bears another name", "A certificate keeps its name; leave it.")
            }
            try exchange.requireVersion(String(record.revision))
            return try await apply(exchange, specs, revision: record.revision)
        },
        .api(
            .post, "/certificates/{name}/remove", .right(.operate),
            takes: [
                APIField(
                    "retire", .flag, "Keeps the records, and does it although a target holds an unexpired version."),
                dryRun, .why,
            ],
            APIShape("changes", "Takes a certificate out of service, or removes it.", answers: "Removal", isAct: true)
        ) { exchange in
            let name = try await exchange.certificate.name
            let isDry = try exchange.fields.flag("dryRun")
            let removal = try await exchange.desk().remove(
                name, retire: try exchange.fields.flag("retire"), isRehearsal: isDry)
            return try .json(RemovalForm(versions: removal.versions, left: removal.left, dryRun: isDry))
        },
        .api(
            .post, "/import", .right(.operate),
            takes: [
                APIField("files", .object("Files"), required: true, "Files that belong together, in base64."),
                APIField("passphrase", .text, "Of PKCS#12 files."),
                APIField("name", .text, "What to call the certificate; else its first subject."),
                APIField("issuer", .text, "The issuing profile that renews it from now on."), dryRun, .why,
            ],
            APIShape("changes", "Takes in existing certificates with their keys.", answers: "Imported", isAct: true),
            take),
    ]

    // MARK: Applying

    /// - Returns: those of a request that names certificates or files.
    private static func readAll(_ exchange: Exchange) throws -> [CertificateSpec] {
        switch (try exchange.value("certificates"), try exchange.value("files")) {
        case (let certificates?, nil): return try read(exchange, certificates)
        case (nil, let files?): return try read(exchange, texts(files))
        default:
            throw Fields.wrong("certificates", "is missing, or there are `files` too", "Send one of the two.")
        }
    }

    private static func read(_ exchange: Exchange, _ certificates: JSONValue) throws -> [CertificateSpec] {
        let text = String(decoding: try exchange.data(.object(["certificates": certificates])), as: UTF8.self)
        return try read(exchange, [SourceFile(text, path: "certificates")])
    }

    private static func read(_ exchange: Exchange, _ sources: [SourceFile]) throws -> [CertificateSpec] {
        let (specs, problems) = FlowsFile.parse(
            sources, profiles: exchange.house.profiles, defaults: exchange.house.defaults)
        try Exchange.refuse(problems)
        guard specs.count <= 1000 else {
            throw Fields.wrong("certificates", "holds more than 1000", "Send some at a time.")
        }
        return specs
    }

    /// Nobody changes what it does not see, or makes something that it would not.
    private static func requireSeen(_ exchange: Exchange, _ specs: [CertificateSpec]) async throws {
        let person = try exchange.principal
        for spec in specs {
            if let known = try await exchange.house.ledger.certificate(named: spec.name), !person.sees(known.labels) {
                throw DeskRefusal.unknownCertificate(spec.name)
            }
            guard person.sees(spec.labels) else {
                let scope = person.scope.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
                throw Problem.refused(
                    "scope.left", "\(spec.name) would lie outside of what you may see.",
                    remedy: "Give it the labels \(scope.joined(separator: ", ")).")
            }
        }
    }

    /// - Parameter revision: of the one certificate that was read.
    private static func apply(
        _ exchange: Exchange, _ specs: [CertificateSpec], status: Int = 200, revision: Int64? = nil
    ) async throws -> Reply {
        try await requireSeen(exchange, specs)
        let (desk, isDry) = (try exchange.desk(), try exchange.fields.flag("dryRun"))
        let house = exchange.house
        let warnings = try await FlowWarnings(of: specs, desk, house.foresight, now: house.now())
        let report = ApplyReport(
            specs, try await desk.apply(specs, isRehearsal: true), try await desk.consequences(of: specs), warnings,
            dryRun: isDry)
        if !isDry {
            try FlowConfirmation(exchange).require(report, warnings, isSole: revision != nil)
            do {
                _ = try await desk.apply(specs, isRehearsal: false, revision: revision)
            } catch let refusal as DeskRefusal where refusal.code == DeskRefusal.flowConflict {
                throw Problem(412, refusal.code, refusal.message, remedy: refusal.remedy)
            }
            exchange.house.wake()
        }
        return try .json(report, status: .init(code: status))
    }

    // MARK: Taking in

    private static func take(_ exchange: Exchange) async throws -> Reply {
        let (person, house) = (try exchange.principal, exchange.house)
        guard person.scope.isEmpty else {
            throw Problem(
                403, "scope.import", "What is imported bears no labels: you would not see it.",
                remedy: "Ask somebody who sees all certificates.")
        }
        let issuer = exchange.fields["issuer"].flatMap { $0.isEmpty ? nil : $0 }
        if let issuer, let absence = house.profiles.absence(of: issuer, .issuing) {
            throw Problem.refused("profile.missing", absence.message, remedy: absence.remedy)
        }
        let name = exchange.fields["name"].flatMap { $0.isEmpty ? nil : $0 }
        if let name, !OptionText.isName(name) {
            throw Fields.wrong("name", "can't be a certificate's name", "Use letters, digits and . _ - *.")
        }
        let (files, now) = (try files(exchange), house.now())
        let passphrase = exchange.fields["passphrase"].map { Secret(text: $0) }
        // Deriving keys of PKCS#12 takes its time.
        let workers = WorkerThreads(count: 1)
        defer { workers.end() }
        let material = try await workers.run {
            ImportedMaterial(files: files, passphrase: passphrase, suggestedName: name, at: now)
        }
        let isDry = try exchange.fields.flag("dryRun")
        var report = ImportReport(leftOut: material.leftOut, isRehearsal: isDry)
        let desk = try exchange.desk()
        for pair in material.pairs {
            var pair = pair
            if let name, material.pairs.count == 1 { pair.name = name }
            do {
                report.add(
                    pair,
                    try await desk.take(
                        ImportedVersion(pair), issuer: issuer, vault: house.outside.vault, isRehearsal: isDry))
            } catch let refusal as DeskRefusal {
                report.add(pair, refusal)
            }
        }
        house.wake()
        return try .json(report)
    }

    private static func files(_ exchange: Exchange) throws -> [ImportFile] {
        try named(try exchange.value("files") ?? .null).map { name, content in
            guard let bytes = Data(base64Encoded: content) else {
                throw Fields.wrong("files", "holds content that is no base64", "Send the bytes as base64.")
            }
            return ImportFile(source: name, content: Secret([UInt8](bytes)))
        }
    }

    private static func texts(_ files: JSONValue) throws -> [SourceFile] {
        try named(files).map { name, content in
            do throws(OptionProblem) {
                return try SourceFile(bytes: Data(content.utf8), path: name)
            } catch {
                throw Fields.wrong("files", "holds \(name), which is not accepted: \(error.message)", error.remedy)
            }
        }
    }

    /// Files as requests have them: their names, and their contents as they were sent.
    private static func named(_ files: JSONValue) throws -> [(name: String, content: String)] {
        guard case .list(let items) = files, (1...100).contains(items.count) else {
            throw Fields.wrong("files", "is no list of 1 to 100 files", "Send objects of name and content.")
        }
        return try items.map { item in
            guard case .object(let object) = item, Set(object.keys) == ["name", "content"],
                case .text(let name)? = object["name"], case .text(let content)? = object["content"],
                !name.isEmpty, name.utf8.count <= 4096
            else {
                throw Fields.wrong("files", "holds something that is no file", "Send objects of name and content.")
            }
            return (name, content)
        }
    }
}

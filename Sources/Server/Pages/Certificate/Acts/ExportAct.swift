import Automation
import Foundation
import NIOCore
import PluginKit
import Runner
import Storage

extension HandAct {
    /// Private keys leave only by an explicit right, right after the person proved who it is, and with an event before.
    static let exportKey = HandAct(
        "export", "Export with key", right: .read,
        takes: [
            APIField("format", .choice(Artifact.Content.ofVersions.filter(\.isPrivate).map(\.rawValue))),
            APIField("version"), APIField("passphrase"), APIField("passphraseAgain"),
        ],
        gate: { exchange, view in
            guard view.person.exportsKeys, case .session(_, let provedAt) = view.person.means else {
                let people = exchange.house.people
                let event = people.event(
                    "key.export-refused", view.person.actor, view.name, ["address": exchange.address])
                try await people.commit([], [event])
                throw Problem(
                    403, "export.not-allowed",
                    "Private keys leave only to people who were given that right, never by a token.",
                    remedy: "Ask an administrator of this certflow.")
            }
            let isProved = view.now >= provedAt && view.now - provedAt <= exchange.house.people.lives.proof
            guard !isProved else { return nil }
            return .seeOther("/reauthenticate?next=\(AddressText.encoded(view.address.act("export")))")
        },
        confirm: { view, given in
            var page = ConfirmPage(
                title: "Export \(view.name) with its private key?", verb: "Export", keepWords: "Keep it here",
                action: view.address.act("export"), backHref: view.address.path)
            page.isDownload = true
            page.says = ["The key leaves certflow. That is written to the audit trail with your name and address."]
            let chosen = given["format"] ?? Artifact.Content.bundle.rawValue
            page.questions = [
                .init(
                    label: "Format", name: "format", isRadio: true,
                    options: [
                        (Artifact.Content.bundle, "PEM, key and full chain in one file"),
                        (.privateKey, "PEM, the key alone (PKCS#8)"),
                        (.pkcs12, "PKCS#12, under a passphrase"),
                    ].map { .init(value: $0.0.rawValue, label: $0.1, isOn: $0.0.rawValue == chosen) })
            ]
            page.inputs = [
                .init(
                    name: "version", type: "text", label: "Version", hint: "empty: the newest, \(view.state.current)",
                    value: given["version"] ?? ""),
                .init(
                    name: "passphrase", type: "password", label: "Passphrase", hint: "for PKCS#12 only",
                    autocomplete: "new-password"),
                .init(
                    name: "passphraseAgain", type: "password", label: "Passphrase again", hint: "for PKCS#12 only",
                    autocomplete: "new-password"),
            ]
            return page
        },
        perform: { view, given, exchange in
            guard let format = Artifact.Content(rawValue: given["format"] ?? ""), format.isPrivate, format != .challenge
            else {
                throw Fields.wrong("format", "is none of bundle, privateKey, pkcs12", "Choose one of them.")
            }
            var passphrase: Secret?
            if format == .pkcs12 {
                let text = given["passphrase"] ?? ""
                guard !text.isEmpty, text.utf8.count <= 1000 else {
                    throw Fields.wrong("passphrase", "is missing", "PKCS#12 needs one.")
                }
                guard text == given["passphraseAgain"] else {
                    throw Fields.wrong("passphraseAgain", "differs from the first", "Type the same one twice.")
                }
                passphrase = Secret(text: text)
            }
            let desk = try exchange.handDesk()
            let number = try exchange.fields.integer("version", in: 1...1_000_000_000)
            let file = try await CertificateFile(view, format, version: number, passphrase: passphrase)
            // Before the key leaves: an export that could not be recorded does not happen.
            try await desk.noteKeyExport(
                of: view.name, version: file.version, content: format, to: "the browser at \(exchange.address)")
            return file.reply
        })

    /// `/certificates/{name}/certificate.pem`: what everybody who meets the certificate gets anyway.
    static let publicFile = Route.page(.get, "/certificates/{name}/certificate.pem", .right(.read)) { exchange in
        let view = try await CertificateView(exchange)
        let wanted = exchange.query["format"] ?? Artifact.Content.fullchain.rawValue
        guard let format = Artifact.Content(rawValue: wanted), Artifact.Content.ofVersions.contains(format),
            !format.isPrivate
        else {
            throw Fields.wrong("format", "is none of certificate, chain, fullchain, der", "Choose one of them.")
        }
        let number = try Fields(exchange.query["version"].map { ["version": [$0]] } ?? [:])
            .integer("version", in: 1...1_000_000_000)
        return try await CertificateFile(view, format, version: number, passphrase: nil).reply
    }
}

/// One form of one version, to be kept.
struct CertificateFile: Sendable {
    let version: Int
    private let artifact: Artifact
    private let name: String

    /// - Throws: `Problem` where there is no such version, or it has no key.
    init(
        _ view: CertificateView, _ format: Artifact.Content, version wanted: Int?, passphrase: Secret?
    ) async throws {
        let (ledger, outside) = (view.house.ledger, view.house.outside)
        name = view.name
        guard view.state.current > 0 else {
            throw Problem.refused(
                "certificate.no-version", "\(view.name) has no version yet.", remedy: "Renew it first.")
        }
        version = wanted ?? view.state.current
        guard let material = try await ledger.material(of: view.record.id, number: version) else {
            throw Problem.refused(
                "version.unknown", "\(view.name) has no version \(version).",
                remedy: "It has versions up to \(view.state.current).")
        }
        var key: Secret?
        if format.isPrivate {
            guard let sealed = material.sealedKey else {
                throw Problem.refused(
                    "version.key-missing", "The private key of \(view.name) version \(version) is not kept any more.",
                    remedy: "Export a form without the key, or another version.")
            }
            key = try outside.vault.open(sealed, Vault.Place.key(of: view.record.id, version: version))
        }
        let job = RenderingJob(
            certificate: view.name, chain: material.chain, key: key,
            requests: [ArtifactRequest(format, passphrase: passphrase == nil ? nil : "")],
            passphrases: passphrase.map { ["": $0] } ?? [:], artifactKey: outside.vault.artifactKey)
        guard let artifact = try await outside.tools.render(job).first, artifact.bytes.count > 0 else {
            throw Problem.refused(
                "export.empty", "\(view.name) version \(version) came without a chain.",
                remedy: "Export `certificate` or `fullchain`.")
        }
        self.artifact = artifact
    }

    var reply: Reply {
        let (ending, type) =
            switch artifact.content {
            case .der: ("der", "application/pkix-cert")
            case .pkcs12: ("p12", "application/x-pkcs12")
            default: ("pem", "application/x-pem-file")
            }
        let bytes = artifact.bytes.withBytes { ByteBuffer(bytes: $0) }
        return .download("\(name)-\(version)-\(artifact.content.rawValue).\(ending)", type, .bytes(bytes))
    }
}

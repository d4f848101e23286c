import Automation
import Foundation
import NIOCore
import PluginKit
import Runner
import Storage

/// Certificates and keys as files.
enum MaterialAPI {
    private static let version = APIField("version", .integer, "Which one; the newest where it is left out.")

    static let routes: [Route] = [
        .api(
            .get, "/certificates/{name}/export", .right(.read),
            APIShape(
                "certificates", "A certificate or its chain, without the key.",
                query: [
                    APIField(
                        "format",
                        .choice(Artifact.Content.ofVersions.filter { !$0.isPrivate }.map(\.rawValue)), required: true,
                        ""),
                    version,
                ], type: "application/octet-stream")
        ) { exchange in
            let number = try Fields(exchange.query["version"].map { ["version": [$0]] } ?? [:])
                .integer("version", in: 1...1_000_000_000)
            guard let format = Artifact.Content(rawValue: exchange.query["format"] ?? ""), !format.isPrivate else {
                throw Problem.notAllowed
            }
            return try await file(exchange, try await exchange.certificate, format, number, nil) { _ in }
        },
        .api(
            .post, "/certificates/{name}/export-key", .right(.read),
            takes: [
                APIField(
                    "format", .choice(Artifact.Content.ofVersions.filter(\.isPrivate).map(\.rawValue)), required: true,
                    ""),
                version, APIField("passphrase", .text, "For pkcs12."), .why,
            ],
            APIShape(
                "certificates", "The private key, for a session that just proved who it is, and has the right.",
                type: "application/octet-stream"),
            exportKey),
    ]

    private static func exportKey(_ exchange: Exchange) async throws -> Reply {
        let (person, house) = (try exchange.principal, exchange.house)
        let record = try await exchange.certificate
        guard case .session(_, let provedAt) = person.means, person.exportsKeys else {
            try await house.people.commit(
                [], [house.people.event("key.export-refused", person.actor, record.name, ["address": exchange.address])]
            )
            throw Problem(
                403, "export.not-allowed",
                "Private keys leave only to people who were given that right, never by a token.",
                remedy: "Ask an administrator of this certflow.")
        }
        guard house.now() - provedAt <= house.people.lives.proof, house.now() >= provedAt else {
            throw Problem(
                403, "proof.needed", "Private keys leave only right after you proved who you are.",
                remedy: "Send your password to /api/v1/me/proof, then ask again.")
        }
        guard let format = Artifact.Content(rawValue: exchange.fields["format"] ?? ""), format.isPrivate else {
            throw Problem.notAllowed
        }
        var passphrase: Secret?
        if format == .pkcs12 {
            guard let text = exchange.fields["passphrase"], !text.isEmpty, text.utf8.count <= 1000 else {
                throw Fields.wrong("passphrase", "is missing", "pkcs12 needs one.")
            }
            passphrase = Secret(text: text)
        }
        let desk = try exchange.desk()
        return try await file(
            exchange, record, format, try exchange.fields.integer("version", in: 1...1_000_000_000), passphrase
        ) { number in
            // Before the key leaves: an export that could not be recorded does not happen.
            try await desk.noteKeyExport(of: record.name, version: number, content: format, to: exchange.address)
        }
    }

    private static func file(
        _ exchange: Exchange, _ record: CertificateRecord, _ format: Artifact.Content, _ wanted: Int?,
        _ passphrase: Secret?, before: (Int) async throws -> Void
    ) async throws -> Reply {
        let (ledger, outside) = (exchange.house.ledger, exchange.house.outside)
        let newest = try await exchange.overview(record).state.current
        guard newest > 0 else {
            throw Problem(
                404, "certificate.no-version", "\(record.name) has no version yet.", remedy: "Renew it first.")
        }
        let number = wanted ?? newest
        guard let material = try await ledger.material(of: record.id, number: number) else {
            throw Problem(
                404, "version.unknown", "\(record.name) has no version \(number).",
                remedy: "It has versions up to \(newest).")
        }
        var key: Secret?
        if format.isPrivate {
            guard let sealed = material.sealedKey else {
                throw Problem(
                    404, "version.key-missing",
                    "The private key of \(record.name) version \(number) is not kept any more.",
                    remedy: "Export a form without the key, or another version.")
            }
            key = try outside.vault.open(sealed, Vault.Place.key(of: record.id, version: number))
        }
        let job = RenderingJob(
            certificate: record.name, chain: material.chain, key: key,
            requests: [ArtifactRequest(format, passphrase: passphrase == nil ? nil : "")],
            passphrases: passphrase.map { ["": $0] } ?? [:], artifactKey: outside.vault.artifactKey)
        guard let artifact = try await outside.tools.render(job).first, artifact.bytes.count > 0 else {
            throw Problem(
                404, "export.empty", "\(record.name) version \(number) came without a chain.",
                remedy: "Export `certificate` or `fullchain`.")
        }
        try await before(number)
        let ending = format == .der ? "der" : format == .pkcs12 ? "p12" : "pem"
        let bytes = artifact.bytes.withBytes { ByteBuffer(bytes: $0) }
        return .download(
            "\(record.name)-\(number)-\(format.rawValue).\(ending)", "application/octet-stream", .bytes(bytes))
    }
}

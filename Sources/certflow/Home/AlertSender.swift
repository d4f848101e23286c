import Curl
import Foundation
import PluginKit
import Processes
import Profiles
import Runner
import Storage

/// Tells people: hands a notice to the program and to the web service of the home's settings.
///
/// A notice whose sending failed is sent again, to both: its `id` tells what was seen already.
struct AlertSender {
    private static let largestAnswer = 16_384

    private let alerts: HomeConfiguration.Alerts
    private let opened: OpenedHome
    private let processes: Processes

    /// Nil where nobody is to be told.
    static func make(
        _ opened: OpenedHome, _ processes: Processes
    ) -> (@Sendable (Notice) async throws -> Void)? {
        guard let alerts = opened.settings.alerts else { return nil }
        let sender = AlertSender(alerts: alerts, opened: opened, processes: processes)
        return { notice in try await sender.send(notice) }
    }

    private func send(_ notice: Notice) async throws {
        let form = try JSONEncoder().encode(notice)
        if !alerts.command.isEmpty { try await run(notice, form) }
        if let webhook = alerts.webhook { try await post(notice, form, to: webhook) }
    }

    private func run(_ notice: Notice, _ form: Data) async throws {
        let result = try await processes.run(
            Command(alerts.command, timeout: alerts.timeout.duration), environment: ["CERTFLOW_NOTICE": notice.id],
            input: Secret(form))
        guard result.succeeded else {
            throw PluginFailure(
                .transient, code: "alert.failed",
                message: "The alert command `\(alerts.command.joined(separator: " "))` ended with \(result.ending): "
                    + result.output.prefix(500),
                remedy: "Run it by hand; it must read JSON from its input and end with status 0.")
        }
    }

    private func post(_ notice: Notice, _ form: Data, to webhook: HomeConfiguration.Webhook) async throws {
        var headers = [
            HTTPHeader("Content-Type", "application/json"), HTTPHeader("User-Agent", "certflow"),
            HTTPHeader("Idempotency-Key", notice.id),
        ]
        if let name = webhook.token {
            let token = try await Self.secret(name, opened).withBytes { String(decoding: $0, as: UTF8.self) }
            headers.append(HTTPHeader("Authorization", "Bearer \(token)"))
        }
        if let name = webhook.signature {
            let signature = try WebhookSignature(try await Self.secret(name, opened), named: name)
            headers += signature.headers(id: notice.id, body: form, now: Date())
        }
        var request = HTTPRequest(
            "POST", webhook.url, headers: headers, body: form,
            trust: webhook.caBundle.map { .bundle(path: $0) } ?? .system, timeout: alerts.timeout.duration,
            largestAnswer: Self.largestAnswer)
        request.addresses = .usual
        let status: Int
        do {
            status = try await opened.client.send(request).status
        } catch let failure as TransferFailure {
            throw PluginFailure(
                [.local, .untrusted, .refusedAddress].contains(failure.kind) ? .configuration : .transient,
                code: "alert.not-posted", message: "The alert could not be posted: \(failure.message)",
                remedy: "See `alerts` in certflow.yaml, and whether the service is up.")
        }
        guard (200..<300).contains(status) else {
            throw PluginFailure(
                status == 401 || status == 403 ? .auth : .transient, code: "alert.refused",
                message: "The service that alerts are posted to answered with status \(status).",
                remedy: "See `alerts.webhook` in certflow.yaml, its token and signature, and the log of the service.")
        }
    }

    private static func secret(_ name: String, _ opened: OpenedHome) async throws -> Secret {
        guard let record = try await opened.ledger.secret(named: name) else {
            throw PluginFailure(
                .configuration, code: "secret.missing",
                message: "There is no secret \"\(name)\", which alerts.webhook in certflow.yaml names.",
                remedy: "Store it with `certflow secret set \(name)`.")
        }
        return try opened.vault.open(record.sealed, Vault.Place.secret(name))
    }

    /// Whether the secrets that the settings name are there, and can be used for what they are named.
    /// - Throws: `PluginFailure` with which sending would fail.
    static func requireSecrets(_ opened: OpenedHome) async throws {
        guard let webhook = opened.settings.alerts?.webhook else { return }
        if let name = webhook.token { _ = try await secret(name, opened) }
        if let name = webhook.signature { _ = try WebhookSignature(try await secret(name, opened), named: name) }
    }
}

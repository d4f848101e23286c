import Automation
import Foundation
import Runner
import Storage

/// Versions that are not to be trusted any more.
enum RevocationAPI {
    private static let version = APIField("version", .integer, "Its number; the current one where it is left out.")
    private static let dryRun = APIField("dryRun", .flag, "Only says what would be done.")

    static let routes: [Route] = [
        .api(
            .post, "/certificates/{name}/revoke", .right(.operate),
            takes: [
                version,
                APIField(
                    "because", .choice(RevocationReason.allCases.map(\.rawValue)), required: true,
                    "What the CA is told."),
                APIField("issuer", .text, "The issuing profile to ask; else the one that issued it."), dryRun, .why,
            ],
            APIShape(
                "acts",
                "Has a version revoked by its CA, which nobody can take back, and the current one replaced at once.",
                answers: "Revocation", isAct: true),
            revoke),
        .api(
            .post, "/certificates/{name}/revoked", .right(.operate), takes: [version, dryRun, .why],
            APIShape(
                "acts", "Tells of a version that its CA has revoked: the current one is replaced at once.",
                answers: "Revocation", isAct: true),
            note),
    ]

    private static func revoke(_ exchange: Exchange) async throws -> Reply {
        guard let reason = try exchange.fields.choice("because", RevocationReason.self) else {
            throw Fields.wrong("because", "is missing", "Say why: the CA is told.")
        }
        let revocation = Revocation(exchange.house.outside, try exchange.desk())
        let (begun, version) = try await form(exchange)
        var form = begun
        let issuer = exchange.fields["issuer"].flatMap { $0.isEmpty ? nil : $0 }
        let plan = try await revocation.plan(form.certificate, version: version.number, issuer: issuer)
        (form.issuer, form.sameKey) = (plan.issuer, plan.sameKey)
        guard !form.dryRun else { return try .json(form) }
        let outcome = try await revocation.carryOut(plan, reason)
        form.wasRevoked = outcome.wasRevoked
        form.take(outcome.replacement)
        exchange.house.wake()
        return try .json(form)
    }

    private static func note(_ exchange: Exchange) async throws -> Reply {
        let (begun, version) = try await form(exchange)
        var form = begun
        guard !form.dryRun else { return try .json(form) }
        form.take(
            try await exchange.desk().noteRevoked(form.certificate, version: version.number, asking: true))
        exchange.house.wake()
        return try .json(form)
    }

    /// What would be done.
    private static func form(_ exchange: Exchange) async throws -> (form: RevocationForm, version: VersionRecord) {
        let overview = try await exchange.overview
        let name = overview.certificate.name
        let number = try exchange.fields.integer("version", in: 1...1_000_000_000) ?? overview.state.current
        guard let version = try await exchange.house.ledger.version(of: overview.certificate.id, number: number) else {
            throw Problem(
                404, "version.unknown", "\(name) has no version \(number).",
                remedy: "/certificates/{name}/versions lists those that there are.")
        }
        var form = RevocationForm(version, of: overview)
        form.dryRun = try exchange.fields.flag("dryRun")
        return (form, version)
    }
}

import Curl
import Foundation
import PluginKit

/// Issues through one directory.
struct ACMEIssuer: Issuer {
    let settings: ACMESettings
    let context: PluginContext
    let solvers: ChallengeSolvers
    let shared: Shared

    func begin(_ request: IssuanceRequest, _ journal: any Journal) async throws -> Issuance {
        try await translated { try await work(request).begin(journal) }
    }

    func resume(
        _ request: IssuanceRequest, from handle: Handle, _ journal: any Journal
    ) async throws -> Issuance {
        try await translated { try await work(request).resume(handle.decode(OrderRecord.self), journal) }
    }

    /// What was placed for challenges is removed; the order itself ends by itself.
    func cancel(_ request: IssuanceRequest, from handle: Handle) async throws {
        let record = try handle.decode(OrderRecord.self)
        guard !record.placed.isEmpty else { return }
        try await translated { try await work(request).cleanUpLeftovers(OrderLog(record, SilentJournal())) }
    }

    /// Not asked after the certificate's end (RFC 9773, 4.3).
    func advice(for version: IssuanceRequest.Predecessor) async throws -> Advice? {
        guard version.facts.notAfter > context.clock.now, let identifier = CertificateIdentifier(version) else {
            return nil
        }
        return try await translated { try await RenewalInformation.advice(identifier, session()) }
    }

    /// By the account's key (RFC 8555, 7.6). A certificate that is revoked already is no failure.
    func revoke(_ certificate: Data, reason: Int) async throws {
        struct Form: Encodable {
            var certificate: String
            var reason: Int
        }
        try await translated {
            let session = try await session()
            guard let url = session.directory.revokeCert else { throw PluginFailure.noRevocation(session.host) }
            let account = try await AccountDesk(settings, session, context, shared).open()
            let form = Form(certificate: Base64URL.encode(certificate), reason: reason)
            do {
                _ = try await session.post(url, try AccountDesk.json(form), account.signer, "the revocation")
            } catch let refusal as ServerRefusal where refusal.kind == "alreadyRevoked" {
                return
            }
        }
    }

    // MARK: Parts

    func session(isFresh: Bool = false) async throws -> Session {
        try await shared.session(settings, context.clock, isFresh: isFresh)
    }

    private func work(_ request: IssuanceRequest) async throws -> OrderWork {
        let accepted = try AcceptedRequest(request)
        let session = try await session()
        let account = try await AccountDesk(settings, session, context, shared).open()
        return OrderWork(
            settings: settings, session: session, account: account, solvers: solvers,
            budgets: Budgets(settings, context, shared, account: account), request: accepted, clock: context.clock,
            startedAt: context.clock.now)
    }

    func translated<Result>(_ body: () async throws -> Result) async throws -> Result {
        try await PluginFailure.translating(context.clock, body)
    }
}

/// For work of which nothing is kept.
private struct SilentJournal: Journal {
    func record(_ step: Step, _ handle: Handle) async throws {}
    func note(_ text: String) {}
}

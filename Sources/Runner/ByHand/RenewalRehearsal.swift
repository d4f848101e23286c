import Automation
import Foundation
import PluginKit
import Storage

/// A whole renewal against the staging of its issuer, with a key of its own: shows that it would work, and stores
/// nothing but what the issuer's plug-in keeps for its rehearsals (an account), and one event.
///
/// Needs no runner and disturbs none.
public struct RenewalRehearsal: Sendable {
    /// One part of the way, in the order in which they ended.
    public struct Step: Sendable, Hashable {
        public var name: String
        public var took: Duration
    }

    public struct Report: Sendable {
        public var certificate: String
        public var issuer: String
        public var version: IssuedVersion
        public var steps: [Step]
    }

    /// Marks that are no step of a plug-in.
    private enum Mark {
        static let begun = ""
        static let key = "key made"
        static let issued = "issued"
        static let checked = "checked"
    }

    private let outside: RunnerDependencies
    private let person: Person

    public init(_ dependencies: RunnerDependencies, _ person: Person) {
        outside = dependencies
        self.person = person
    }

    /// - Parameters:
    ///   - limit: for all of it.
    ///   - stop: returns when somebody wants it to end: then it is cleaned up and thrown out of.
    ///   - tell: progress, in words.
    /// - Throws: `DeskRefusal`, `PluginFailure`, `StorageError`; `CancellationError` where it was stopped.
    public func run(
        _ name: String, within limit: Span, until stop: @escaping @Sendable () async -> Void,
        tell: @escaping @Sendable (String) -> Void
    ) async throws -> Report {
        let certificate = try await outside.ledger.knownCertificate(name)
        let profile = certificate.issuer
        let (backend, options) = try await Issuers(outside).setUp(profile: profile)
        guard backend.manifest.capabilities.contains(.rehearse) else {
            throw DeskRefusal(
                "issuer.no-rehearsal",
                "The issuer \(profile) (\(backend.manifest.name)) has no staging to rehearse with.",
                remedy:
                    "`certflow issuer check \(profile)` asks whether it could issue; `certflow renew \(name)` renews.")
        }
        let context = PluginContext(
            outside, scope: "\(Issuers.scope(profile))/rehearsal", actor: person.name, isRehearsal: true)
        let issuer = try await backend.make(options, context)
        let journal = RehearsalJournal(outside.clock.monotonic, tell: tell)
        journal.mark(Mark.begun)
        let request = try await request(certificate, journal)
        do {
            let version = try await bounded(limit, until: stop) {
                try await issue(certificate, request.asked, request.key, issuer, journal)
            }
            try await record(certificate, "succeeded", nil)
            return Report(certificate: name, issuer: profile, version: version, steps: journal.steps)
        } catch {
            // This task was not cancelled, only the one that did the work: what it placed can still be removed.
            if let handle = journal.handle {
                _ = try? await outside.clock.bounded("Cleaning up", outside.settings.callLimit) {
                    try await issuer.cancel(request.asked, from: handle)
                }
            }
            try await record(certificate, error is CancellationError ? "stopped" : "failed", error as? PluginFailure)
            throw error
        }
    }

    private func request(
        _ certificate: CertificateRecord, _ journal: RehearsalJournal
    ) async throws -> (asked: IssuanceRequest, key: Secret) {
        let key = try await outside.tools.makeKey(certificate.key.type)
        let signingRequest = try await outside.tools.signingRequest(certificate.subjects, key)
        journal.mark(Mark.key)
        // The staging knows none of our versions, so it is told of none that is replaced.
        let id = "rehearsal/\(certificate.id)/\(outside.entropy(8).hexadecimal)"
        return (
            IssuanceRequest(
                id: id, subjects: certificate.subjects.map(\.description), signingRequest: signingRequest), key
        )
    }

    private func issue(
        _ certificate: CertificateRecord, _ request: IssuanceRequest, _ key: Secret, _ issuer: any Issuer,
        _ journal: RehearsalJournal
    ) async throws -> IssuedVersion {
        var answer = try await call(certificate) { try await issuer.begin(request, journal) }
        while case .pending(let handle, let phase, let notBefore) = answer {
            journal.keep(handle)
            journal.mark(phase.rawValue)
            let pause = Instant(notBefore) - outside.clock.now()
            if pause > .zero { try await outside.clock.sleep(pause.duration) }
            answer = try await call(certificate) { try await issuer.resume(request, from: handle, journal) }
        }
        guard case .issued(let chains, _) = answer else { throw CancellationError() }
        journal.mark(Mark.issued)
        let version = try outside.tools.verify(chains, key, certificate.subjects, outside.clock.now())
        journal.mark(Mark.checked)
        return version
    }

    private func call(
        _ certificate: CertificateRecord, _ body: @escaping @Sendable () async throws -> Issuance
    ) async throws -> Issuance {
        try await outside.clock.bounded("The issuer \(certificate.issuer)", outside.settings.callLimit, body)
    }

    /// Runs `body`; ends it when the time is over or somebody wants so, and waits until it has ended.
    private func bounded(
        _ limit: Span, until stop: @escaping @Sendable () async -> Void,
        _ body: @escaping @Sendable () async throws -> IssuedVersion
    ) async throws -> IssuedVersion {
        try await outside.clock.bounded("The rehearsal", limit) {
            try await withThrowingTaskGroup(of: IssuedVersion?.self) { group in
                group.addTask { try await body() }
                group.addTask {
                    await stop()
                    return nil
                }
                defer { group.cancelAll() }
                guard let first = try await group.next(), let version = first else { throw CancellationError() }
                return version
            }
        }
    }

    private func record(_ certificate: CertificateRecord, _ outcome: String, _ failure: PluginFailure?) async throws {
        var detail = ["issuer": certificate.issuer, "outcome": outcome]
        detail["code"] = failure?.code
        let event = EventDraft(
            at: outside.clock.now(), actor: person.name, kind: "renewal.rehearsed", certificate: certificate.name,
            reason: person.reason, detail: detail)
        _ = try await outside.ledger.commit(Change([], events: [event]))
    }
}

import Automation
import Certificates
import Foundation
import PluginKit
import Testing

@testable import ACME

/// One home with an ACME profile, and the CA that it talks to.
struct Bench: Sendable {
    let clock = ManualClock()
    let state = MemoryState()
    let journal = MemoryJournal()
    let solver = MemorySolver()
    let authority: ScriptedAuthority
    let backend: Backend<any Issuer>
    var options: Options

    init(_ options: [String: Options.Value] = [:]) {
        let authority = ScriptedAuthority(clock, solver)
        self.authority = authority
        self.options = Options(["directory": .text("https://ca.test/dir")].merging(options) { $1 })
        backend = Self.backend(authority.transport, solver)
    }

    static func backend(_ transport: Transport, _ solver: any ChallengeSolver) -> Backend<any Issuer> {
        ACME.backend(
            transport, product: "certflow/test",
            solvers: { _, _ in
                ChallengeSolvers(
                    forms: { $0.isWildcard ? [.dns01] : [.http01, .dns01] }, solver: { _, _ in solver })
            })
    }

    var context: PluginContext {
        PluginContext(
            state: state, clock: clock,
            entropy: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } })
    }

    /// The same home with other options.
    func with(_ changes: [String: Options.Value]) -> Bench {
        var copy = self
        copy.options = Options(options.values.merging(changes) { $1 })
        return copy
    }

    /// As the host makes one for each call.
    func issuer() async throws -> any Issuer { try await backend.make(options, context) }

    /// As after a restart: nothing in memory.
    func restarted() async throws -> any Issuer {
        try await Self.backend(authority.transport, solver).make(options, context)
    }

    /// Calls as the host does until there is a certificate: each pause is slept through.
    func issue(_ ask: Ask, by issuer: (any Issuer)? = nil, from handle: Handle? = nil) async throws
        -> [CertificateChain]
    {
        let issuer = if let issuer { issuer } else { try await self.issuer() }
        var handle = handle
        for _ in 0..<200 {
            let issuance =
                if let handle {
                    try await issuer.resume(ask.request, from: handle, journal)
                } else {
                    try await issuer.begin(ask.request, journal)
                }
            switch issuance {
            case .issued(let chains, _): return try chains.map { try CertificateChain(der: $0) }
            case .pending(let next, _, let moment):
                handle = next
                try await clock.sleep(until: moment)
            }
        }
        throw Endless()
    }

    struct Endless: Error {}
}

/// What the host asks for: names, a key, and the request made of them.
struct Ask: Sendable {
    var key: PrivateKey
    var request: IssuanceRequest

    init(_ names: String..., id: String = "web/none/1", replaces: IssuanceRequest.Predecessor? = nil) throws {
        key = try PrivateKey.generate(.ecdsaP256)
        let subjects = try names.map { try #require(Subject($0)) }
        request = IssuanceRequest(
            id: id, subjects: names, signingRequest: try SigningRequest.build(subjects: subjects, key: key),
            replaces: replaces)
    }
}

/// Expects a `PluginFailure` with this class and code.
@discardableResult
func expect<Value>(
    _ kind: FailureClass, _ code: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value
) async -> PluginFailure? {
    do {
        let value = try await body()
        Issue.record("expected \(code), got \(value)", sourceLocation: sourceLocation)
    } catch let failure as PluginFailure {
        #expect(failure.kind == kind && failure.code == code, "\(failure)", sourceLocation: sourceLocation)
        #expect(failure.message.hasSuffix(".") && failure.remedy.hasSuffix("."), sourceLocation: sourceLocation)
        return failure
    } catch {
        Issue.record("expected \(code), got \(error)", sourceLocation: sourceLocation)
    }
    return nil
}

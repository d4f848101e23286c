import Certificates
import Curl
import Foundation
import HostileAuthority
import PluginKit
import TestPeers

@testable import ACME

/// One home with an ACME profile for a running authority, hostile or not, on a clock that both share and no one waits
/// for.
struct HostileBench: Sendable {
    let clock: ManualClock
    var state = MemoryState()
    let journal = MemoryJournal()
    let transport: Transport
    var backend: Backend<any Issuer>
    var options: Options

    static func with<Result: Sendable>(
        _ settings: HostileAuthority.Settings = .init(), _ options: [String: Options.Value] = [:],
        _ body: @Sendable (HostileBench, HostileAuthority) async throws -> Result
    ) async throws -> Result {
        let clock = ManualClock()
        var settings = settings
        settings.clock = { clock.now }
        return try await withTemporaryDirectory { directory in
            try await HostileAuthority.withRunning(settings, in: directory) { authority in
                let client = HTTPClient()
                let own: [String: Options.Value] = [
                    "directory": .text(authority.directoryURL.absoluteString), "caBundle": .text(authority.bundle.path),
                    "acceptTerms": .flag(true),
                ]
                let transport = Transport { try await client.send($0) }
                let bench = HostileBench(
                    clock: clock, transport: transport, backend: Bench.backend(transport, MemorySolver()),
                    options: Options(own.merging(options) { $1 }))
                do {
                    let result = try await body(bench, authority)
                    await client.close()
                    return result
                } catch {
                    await client.close()
                    throw error
                }
            }
        }
    }

    /// Another home, which knows nothing.
    func fresh() -> HostileBench {
        var other = self
        other.state = MemoryState()
        other.backend = Bench.backend(transport, MemorySolver())
        return other
    }

    var context: PluginContext {
        PluginContext(
            state: state, clock: clock,
            entropy: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } })
    }

    func issuer() async throws -> any Issuer { try await backend.make(options, context) }

    /// As the host does for at most so many pauses.
    func issue(_ ask: Ask, pauses: Int = 40) async throws -> [CertificateChain] {
        let issuer = try await issuer()
        var issuance = try await issuer.begin(ask.request, journal)
        for _ in 0..<pauses {
            switch issuance {
            case .issued(let chains, _): return try chains.map { try CertificateChain(der: $0) }
            case .pending(let handle, _, let moment):
                try await clock.sleep(until: moment)
                issuance = try await issuer.resume(ask.request, from: handle, journal)
            }
        }
        throw Bench.Endless()
    }
}

import Automation
import Certificates
import Curl
import Foundation
import PluginKit
import Synchronization
import TestPeers
import Testing

@testable import ACME

/// The real time, for a real CA.
struct RealClock: WallClock {
    var now: Date { Date() }

    func sleep(until instant: Date) async throws {
        let pause = instant.timeIntervalSinceNow
        if pause > 0 { try await Task.sleep(for: .seconds(pause)) }
    }
}

/// One home with an ACME profile for a running pebble, every request counted.
struct PebbleBench: Sendable {
    let state: MemoryState
    var journal: MemoryJournal
    let solver: MemorySolver
    let requests: Box<[String]>
    let transport: Transport
    let backend: Backend<any Issuer>
    var options: Options

    init(_ pebble: Pebble, _ client: HTTPClient, _ options: [String: Options.Value] = [:]) {
        self.init(pebble.directoryURL, pebble.bundle, client, options)
    }

    /// With another server in pebble's place.
    init(_ server: URL, _ bundle: URL, _ client: HTTPClient, _ options: [String: Options.Value] = [:]) {
        let requests = Box<[String]>([])
        (self.requests, state, journal, solver) = (requests, MemoryState(), MemoryJournal(), MemorySolver())
        transport = Transport { request in
            requests.update { $0.append("\(request.method) \(request.url)") }
            return try await client.send(request)
        }
        backend = Bench.backend(transport, solver)
        let own: [String: Options.Value] = [
            "directory": .text(server.absoluteString), "caBundle": .text(bundle.path),
            "acceptTerms": .flag(true),
        ]
        self.options = Options(own.merging(options) { $1 })
    }

    /// The same home with another journal.
    init(_ other: PebbleBench, _ journal: MemoryJournal) {
        self = other
        self.journal = journal
    }

    static func with<Result: Sendable>(
        _ settings: Pebble.Settings, _ options: [String: Options.Value] = [:],
        _ body: @Sendable (PebbleBench, Pebble) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            try await Pebble.withRunning(settings, in: directory) { pebble in
                let client = HTTPClient()
                do {
                    let result = try await body(PebbleBench(pebble, client, options), pebble)
                    await client.close()
                    return result
                } catch {
                    await client.close()
                    throw error
                }
            }
        }
    }

    var context: PluginContext {
        PluginContext(
            state: state, clock: RealClock(),
            entropy: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } })
    }

    func issuer() async throws -> any Issuer { try await backend.make(options, context) }

    /// As after a restart: nothing in memory, and `transport` in the place of the network.
    func restarted(_ transport: Transport? = nil) async throws -> any Issuer {
        try await Bench.backend(transport ?? self.transport, solver).make(options, context)
    }

    func issue(_ ask: Ask, by issuer: (any Issuer)? = nil, from handle: Handle? = nil) async throws
        -> [CertificateChain]
    {
        let issuer = if let issuer { issuer } else { try await self.issuer() }
        var handle = handle
        for _ in 0..<100 {
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
                try await RealClock().sleep(until: moment)
            }
        }
        throw Bench.Endless()
    }
}

import Automation
import Certificates
import Foundation
import LocalAuthority
import PluginKit
import Synchronization
import Testing

/// One home with a local authority: state, clock and entropy under the test's control.
struct Bench: Sendable {
    /// 2027-01-01T00:00:00Z.
    static let start = Instant(seconds: 1_798_761_600)

    let state = MemoryState()
    let clock = ManualClock(Self.start)
    let journal = MemoryJournal()
    var options: Options

    init(_ options: [String: Options.Value] = [:]) { self.options = Options(options) }

    var context: PluginContext {
        PluginContext(
            state: state, clock: clock,
            entropy: { count in (0..<count).map { _ in UInt8.random(in: .min ... .max) } })
    }

    var now: Instant { Instant(clock.now) }

    func create() async throws { try await LocalAuthority.create(options, context) }

    /// As the host makes one for each call.
    func issuer() async throws -> any Issuer { try await LocalAuthority.backend.make(options, context) }

    /// The same home with other options.
    func with(_ changes: [String: Options.Value]) -> Bench {
        var copy = self
        copy.options = Options(options.values.merging(changes) { $1 })
        return copy
    }

    func issue(_ order: Order) async throws -> Issued {
        try Issued(await issuer().begin(order.request, journal))
    }

    func resume(_ order: Order, _ handle: Handle) async throws -> Issued {
        try Issued(await issuer().resume(order.request, from: handle, journal))
    }
}

/// What the host asks for: names, a key, and the request made of them.
struct Order: Sendable {
    var subjects: [Subject]
    var key: PrivateKey
    var request: IssuanceRequest

    init(_ names: String..., id: String = "web/none/1", type: KeyType = .ecdsaP256) throws {
        try self.init(names: names, id: id, key: .generate(type))
    }

    init(names: [String], id: String, key: PrivateKey) throws {
        subjects = try names.map { try #require(Subject($0)) }
        self.key = key
        request = IssuanceRequest(
            id: id, subjects: names, signingRequest: try SigningRequest.build(subjects: subjects, key: key))
    }
}

/// What came back, checked for its form.
struct Issued: Sendable {
    var chain: CertificateChain
    var handle: Handle

    init(_ issuance: Issuance) throws {
        guard case .issued(let chains, let handle) = issuance else {
            throw Unexpected(text: "the local authority issues at once")
        }
        chain = try CertificateChain(der: #require(chains.first))
        self.handle = handle
        #expect(chains.count == 1 && chains.first?.first == chain.leaf.der, "leaf first")
    }

    struct Unexpected: Error { var text: String }
}

/// Expects a `PluginFailure` with this class and code.
func expect<Value>(
    _ kind: FailureClass, _ code: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () async throws -> Value
) async {
    do {
        let value = try await body()
        Issue.record("expected \(code), got \(value)", sourceLocation: sourceLocation)
    } catch let failure as PluginFailure {
        #expect(failure.kind == kind && failure.code == code, "\(failure)", sourceLocation: sourceLocation)
        #expect(failure.message.hasSuffix(".") && failure.remedy.hasSuffix("."), sourceLocation: sourceLocation)
    } catch {
        Issue.record("expected \(code), got \(error)", sourceLocation: sourceLocation)
    }
}

import Automation
import Crypto
import Foundation
import NIOCore
import PluginKit
import Processes
import Synchronization
import TestPeers
import Testing

@testable import ACME

/// The solvers of one profile in one process, and an order that uses them.
struct ChallengeBench: Sendable {
    let journal = ChallengeJournal()
    let clock = ChallengeClock()
    let listeners: ChallengeListeners

    /// - Parameters:
    ///   - patience, answerTime: of the listeners; long, for a machine that is busy.
    init(patience: TimeAmount = .minutes(10), answerTime: TimeAmount = .seconds(5)) {
        listeners = ChallengeListeners(patience: patience, answerTime: answerTime)
    }

    var context: PluginContext {
        PluginContext(
            state: NoState(), clock: clock, entropy: Self.entropy,
            run: { try await Processes(grace: .milliseconds(100)).run($0, environment: $1) })
    }

    static let entropy: @Sendable (Int) -> [UInt8] = { count in
        (0..<count).map { _ in UInt8.random(in: .min ... .max) }
    }

    func solvers(_ options: Options) throws -> ChallengeSolvers {
        ChallengeSolvers(try ChallengeSettings(options), context, listeners)
    }

    func solver(_ options: Options, _ form: Challenge.Form, _ subject: String) async throws -> any ChallengeSolver {
        try await solvers(options).solver(form, try #require(Subject(subject)))
    }

    /// A challenge as an authority would ask it, with a token of its own.
    static func challenge(_ form: Challenge.Form, _ subject: String, token: String? = nil) -> Challenge {
        let token = token ?? base64URL(entropy(32))
        return Challenge(
            form: form, subject: subject, token: token, keyAuthorization: "\(token).\(base64URL(entropy(32)))")
    }

    static func base64URL(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// What RFC 8555, 8.4 puts into the record.
    static func recordValue(_ challenge: Challenge) -> String {
        base64URL(SHA256.hash(data: Data(challenge.keyAuthorization.utf8)))
    }

    /// Expects a `PluginFailure` with this class and code.
    @discardableResult
    static func expect<Value>(
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

    private struct NoState: PluginState {
        func value(_ key: String) async throws -> Secret? { nil }
        func store(_ new: Secret, _ key: String, replacing: Data?) async throws -> Bool { false }
    }
}

/// The machine's time, which servers share; a wait is over at once and written down.
final class ChallengeClock: WallClock {
    private let content = Mutex<(offset: TimeInterval, waits: [TimeInterval])>((0, []))

    var now: Date { Date().addingTimeInterval(content.withLock { $0.offset }) }
    func sleep(until instant: Date) async throws {
        let wait = instant.timeIntervalSince(now)
        content.withLock { $0.waits.append(wait.rounded()) }
    }

    var waits: [TimeInterval] { content.withLock { $0.waits } }
    func shift(by seconds: TimeInterval) { content.withLock { $0.offset = seconds } }
}

/// Keeps what was recorded; can refuse, as a journal does whose runner lost its lease.
final class ChallengeJournal: Journal {
    struct LeaseLost: Error {}

    private let content = Mutex<(handles: [Handle], refuses: Bool)>(([], false))

    func record(_ step: Step, _ handle: Handle) async throws {
        try content.withLock {
            guard !$0.refuses else { throw LeaseLost() }
            $0.handles.append(handle)
        }
    }

    func note(_ text: String) {}

    var handles: [Handle] { content.withLock { $0.handles } }
    func refuse() { content.withLock { $0.refuses = true } }
}

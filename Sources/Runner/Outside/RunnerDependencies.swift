import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// Everything of the outside that the runner uses, as values: Wiring fills in the real ones, tests and simulations
/// their own.
public struct RunnerDependencies: Sendable {
    public var ledger: any Ledger
    public var clock: RunnerClock
    public var registry: Registry
    public var profiles: ProfileShelf
    public var vault: Vault
    public var tools: IssuanceTools
    /// What an endpoint presents, one answer per address.
    public var probe: @Sendable (Endpoint) async -> [Presented]
    /// Runs a command on this machine.
    public var runCommand: @Sendable (CommandCall) async throws -> CommandResult
    /// Hands a notice to people; nil where nothing is set up for that.
    public var send: (@Sendable (Notice) async throws -> Void)?
    /// Random bytes fit for keys.
    public var entropy: @Sendable (Int) -> [UInt8]
    public var settings: RunnerSettings
    /// Told what happens as it happens.
    public var report: @Sendable (ProgressNote) -> Void

    public init(
        ledger: any Ledger, clock: RunnerClock, registry: Registry, profiles: ProfileShelf, vault: Vault,
        tools: IssuanceTools, probe: @escaping @Sendable (Endpoint) async -> [Presented],
        runCommand: @escaping @Sendable (CommandCall) async throws -> CommandResult,
        send: (@Sendable (Notice) async throws -> Void)?, entropy: @escaping @Sendable (Int) -> [UInt8],
        settings: RunnerSettings = RunnerSettings(), report: @escaping @Sendable (ProgressNote) -> Void = { _ in }
    ) {
        self.ledger = ledger
        self.clock = clock
        self.registry = registry
        self.profiles = profiles
        self.vault = vault
        self.tools = tools
        self.probe = probe
        self.runCommand = runCommand
        self.send = send
        self.entropy = entropy
        self.settings = settings
        self.report = report
    }

    /// How many renewals each issuer takes at a time, by its group.
    var issuerLimits: [Int64: Int] {
        var limits: [Int64: Int] = [:]
        for profile in profiles.current.issuing.values {
            guard let manifest = registry.issuers[profile.issuer]?.manifest else { continue }
            limits[WorkGroup.issuer(profile.name)] = max(1, min(manifest.concurrency, settings.perIssuer ?? .max))
        }
        return limits
    }
}

/// The clocks of a runner.
public struct RunnerClock: Sendable {
    /// The wall clock.
    public var now: @Sendable () -> Instant
    /// Never jumps; counts while the machine sleeps as well.
    public var monotonic: @Sendable () -> Duration
    /// - Throws: `CancellationError`.
    public var sleep: @Sendable (Duration) async throws -> Void

    public init(
        now: @escaping @Sendable () -> Instant, monotonic: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.now = now
        self.monotonic = monotonic
        self.sleep = sleep
    }
}

/// A command with what it is told.
public struct CommandCall: Sendable {
    public var command: Command
    public var environment: [String: String]
    public var input: Secret?
    /// Secrets that must not stand in the output.
    public var redacting: [Secret]

    public init(_ command: Command, environment: [String: String] = [:], input: Secret? = nil, redacting: [Secret] = [])
    {
        self.command = command
        self.environment = environment
        self.input = input
        self.redacting = redacting
    }
}

/// How much at once, how long, how often.
public struct RunnerSettings: Sendable {
    /// Drivers at a time.
    public var concurrent = 64
    /// Drivers beyond that for what people asked for, so that a catch-up does not hold them up.
    public var concurrentByHand = 8
    /// Renewals of one issuer at a time; nil: as many as the issuer says it can take, which is never exceeded.
    public var perIssuer: Int?
    /// Of an issuer that is not known here.
    static let unknownIssuer = 16
    public var lease = Span.minutes(1)
    /// The longest call of a plug-in.
    public var callLimit = Span.minutes(5)
    /// How long an issuer's answer is waited for before the work is put back.
    public var patience = Span.seconds(30)
    /// How often a target is looked at.
    public var proofEvery = Span.hours(24)
    /// How long the key of a version that is held nowhere is kept after its end.
    public var keysAfterExpiry = Span.days(30)
    public var keepAttempts = Span.days(400)
    /// The longest sleep: after it the clock and the profiles are looked at.
    public var longestSleep = Span.seconds(60)

    public init() {}
}

extension RunnerDependencies {
    /// When a plug-in's call that begins now is cancelled.
    var callDeadline: Date { (clock.now() + settings.callLimit).date }

    /// For a call that begins now: a delivery may have waited for others on its target since it was prepared.
    func timed(_ delivery: Delivery) -> Delivery {
        var delivery = delivery
        delivery.deadline = callDeadline
        return delivery
    }
}

/// Something that happened, for whoever watches.
public struct ProgressNote: Sendable, Hashable {
    public enum Kind: String, Sendable {
        case started, stored, published, proved, failed, rolledBack, waiting, note
    }

    public var at: Instant
    public var kind: Kind
    public var certificate: String
    /// "profile/target"
    public var target: String?
    public var text: String

    public init(at: Instant, kind: Kind, certificate: String, target: String? = nil, text: String) {
        self.at = at
        self.kind = kind
        self.certificate = certificate
        self.target = target
        self.text = text
    }
}

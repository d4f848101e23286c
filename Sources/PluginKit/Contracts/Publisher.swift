import Foundation

/// One publication of one version to one target. Stable over retries: the same delivery always has the same `id`.
public struct Delivery: Sendable {
    /// The idempotency key: digest of what is rendered for this target and version.
    public var id: String
    public var version: VersionFacts
    public var previous: VersionFacts?
    /// The target's name in its profile.
    public var target: String
    public var options: Options
    /// Exactly those that the options name, in their order; empty for check, inspect, rollback and sweep.
    public var artifacts: [Artifact]
    /// The newest journal entry of an earlier try of this delivery.
    public var resuming: Handle?
    /// A call that runs past this is cancelled and its outcome inspected.
    public var deadline: Date

    public init(
        id: String, version: VersionFacts, previous: VersionFacts? = nil, target: String, options: Options,
        artifacts: [Artifact] = [], resuming: Handle? = nil, deadline: Date
    ) {
        self.id = id
        self.version = version
        self.previous = previous
        self.target = target
        self.options = options
        self.artifacts = artifacts
        self.resuming = resuming
        self.deadline = deadline
    }
}

/// What a target holds, as far as the publisher can see. The host, not the plug-in, parses and judges certificates.
public enum Presence: Codable, Sendable, Equatable {
    case nothing
    /// DER certificates, leaf first.
    case certificates([Data])
    /// Something is there that can't be read as a certificate; in words.
    case unreadable(String)
    /// A target that can be written but not read.
    case unknowable
}

/// What a publisher did, and how to undo it.
public struct Receipt: Codable, Sendable, Hashable {
    public enum Effect: String, Codable, Sendable { case changed, unchanged }
    public var effect: Effect
    /// Whether the switch was one step for readers.
    public var atomic: Bool
    /// For `rollback` and `sweep`: names what was there before and what is there now.
    public var handle: Handle?
    public var remarks: [String]

    public init(effect: Effect, atomic: Bool, handle: Handle? = nil, remarks: [String] = []) {
        self.effect = effect
        self.atomic = atomic
        self.handle = handle
        self.remarks = remarks
    }
}

/// What a dry run found.
public struct CheckReport: Codable, Sendable, Equatable {
    public struct Finding: Codable, Sendable, Equatable {
        public enum Weight: String, Codable, Sendable { case fact, warning, problem }
        public var weight: Weight
        public var message: String
        public var remedy: String?

        public init(_ weight: Weight, _ message: String, remedy: String? = nil) {
            self.weight = weight
            self.message = message
            self.remedy = remedy
        }
    }
    public var findings: [Finding]

    public init(_ findings: [Finding] = []) { self.findings = findings }

    public var hasProblem: Bool { findings.contains { $0.weight == .problem } }
}

/// A backend that puts certificates where they are used.
///
/// Verbs throw `PluginFailure`. The runner owns windows, retries, limits, test, reload, proof and rollout.
public protocol Publisher: Sendable {
    /// A dry run: connects, authenticates, may it write there. Changes nothing.
    func check(_ delivery: Delivery) async throws -> CheckReport
    /// What is there now. Changes nothing.
    func inspect(_ delivery: Delivery) async throws -> Presence
    /// Stages (journal), then switches (journal). The same delivery again is `unchanged`.
    func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt
    /// Back to what `handle`, of an earlier receipt, replaced. Idempotent.
    func rollback(_ delivery: Delivery, to handle: Handle, _ journal: any Journal) async throws -> Receipt
    /// Removes what our own receipts name and `handles` do not keep; no more.
    func sweep(_ delivery: Delivery, keeping handles: [Handle]) async throws
    /// Removes all that our own receipts name, also what is in place (capability `withdraw`); never what somebody else
    /// put in its stead. Idempotent.
    /// - Returns: what was removed and what was left, in words.
    func withdraw(_ delivery: Delivery) async throws -> [String]
    /// Runs a command on the target (capability `commands`).
    func run(_ command: Command, for delivery: Delivery) async throws -> CommandResult
    /// The requests that `publish` would send, in their order, where it sends any. Reaches nothing; nothing in it is
    /// secret.
    func preview(_ delivery: Delivery) async throws -> [PlannedRequest]
    /// The files that `publish` would leave, in their order, where it leaves any, compared with those that readers find
    /// now. Changes nothing.
    /// - Throws: the `PluginFailure` with which `publish` would refuse.
    func compare(_ delivery: Delivery) async throws -> [ComparedFile]
}

/// A file that would be published, beside the one in its place; nothing in it is secret.
public struct ComparedFile: Codable, Sendable, Equatable {
    public enum Change: String, Codable, Sendable {
        /// No file is there.
        case new
        case changed
        case unchanged
        /// One is there, but its form differs at each rendering, so that nobody can tell.
        case unknowable
    }

    /// As the options name it.
    public var name: String
    public var change: Change
    /// The size of the file that is there, in bytes; nil where none is.
    public var present: Int?

    public init(name: String, change: Change, present: Int? = nil) {
        self.name = name
        self.change = change
        self.present = present
    }
}

/// A request as it may be shown before it is sent: secrets and private keys are masked, and what only an answer tells
/// stands there by its name.
public struct PlannedRequest: Codable, Sendable, Equatable {
    /// The profile's word for it: "login 1", "request 2".
    public var name: String
    public var method: String
    public var url: String
    /// "Name: value".
    public var headers: [String]
    public var body: String?

    public init(name: String, method: String, url: String, headers: [String] = [], body: String? = nil) {
        self.name = name
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

extension Publisher {
    public func run(_ command: Command, for delivery: Delivery) async throws -> CommandResult {
        throw PluginFailure(
            .configuration, code: "plugin.no-commands", message: "This publisher cannot run commands on its targets.",
            remedy: "Remove test and reload from the profile, or set `on: here` to run them where certflow runs.")
    }

    public func preview(_ delivery: Delivery) async throws -> [PlannedRequest] { [] }

    public func compare(_ delivery: Delivery) async throws -> [ComparedFile] { [] }

    public func sweep(_ delivery: Delivery, keeping handles: [Handle]) async throws {}

    public func withdraw(_ delivery: Delivery) async throws -> [String] {
        throw PluginFailure(
            .configuration, code: "plugin.no-withdrawal",
            message: "This publisher cannot remove what it published to \(delivery.target).",
            remedy: "Remove it there by hand.")
    }
}

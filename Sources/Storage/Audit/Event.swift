import Automation
import Foundation

/// What an event will say, before it has a place in the chain.
public struct EventDraft: Hashable, Sendable {
    public var at: Instant
    /// Who did it: "runner", or the person's account.
    public var actor: String
    /// Dotted and stable: "version.stored".
    public var kind: String
    /// The certificate's name; empty where it concerns none.
    public var certificate: String
    /// "profile/target", a secret's name and the like.
    public var subject: String
    public var reason: String
    /// No secret stands in here.
    public var detail: [String: String]

    public init(
        at: Instant, actor: String, kind: String, certificate: String = "", subject: String = "", reason: String = "",
        detail: [String: String] = [:]
    ) {
        self.at = at
        self.actor = actor
        self.kind = kind
        self.certificate = certificate
        self.subject = subject
        self.reason = reason
        self.detail = detail
    }
}

/// One line of the audit trail: append-only, in a chain of HMACs per process.
public struct Event: Hashable, Sendable {
    /// Counts over all chains.
    public var sequence: Int64
    /// The incarnation of the process that wrote it.
    public var chain: String
    /// Counts within the chain from 1.
    public var position: Int64
    public var draft: EventDraft
    /// HMAC-SHA-256 over the one before and this one.
    public var mac: Data

    public init(sequence: Int64, chain: String, position: Int64, draft: EventDraft, mac: Data) {
        self.sequence = sequence
        self.chain = chain
        self.position = position
        self.draft = draft
        self.mac = mac
    }
}

import Automation
import Crypto
import Foundation

/// The end of a chain: what the next one has to sign.
public struct ChainHead: Hashable, Sendable {
    public var chain: String
    public var position: Int64
    public var mac: Data

    public init(chain: String, position: Int64, mac: Data) {
        self.chain = chain
        self.position = position
        self.mac = mac
    }
}

/// Appends events: h(n) = HMAC(k, h(n-1) | event). One chain per incarnation of a process; its first event signs the
/// last head of the one before, so that a tail that was cut off shows.
public struct AuditChain: Sendable {
    public static let openedKind = "audit.chain-opened"

    private let key: SymmetricKey
    private let chain: String
    private var head: ChainHead?

    /// - Parameter chain: names the incarnation; never used before.
    public init(key: Secret32, chain: String) {
        self.key = key.symmetricKey
        self.chain = chain
    }

    /// Whether this chain has begun.
    public var isOpen: Bool { head != nil }

    /// The first event of this chain, signing `previous`, the newest event of the ledger.
    public mutating func open(after previous: ChainHead?, at now: Instant, sequence: Int64) -> Event {
        let detail =
            previous.map {
                ["chain": $0.chain, "position": String($0.position), "head": $0.mac.base64EncodedString()]
            } ?? [:]
        head = ChainHead(chain: chain, position: 0, mac: Data())
        let draft = EventDraft(at: now, actor: "certflow", kind: Self.openedKind, detail: detail)
        return append(draft, sequence: sequence)
    }

    public mutating func append(_ draft: EventDraft, sequence: Int64) -> Event {
        let last = head ?? ChainHead(chain: chain, position: 0, mac: Data())
        let position = last.position + 1
        let mac = Self.mac(key, last.mac, chain, position, draft)
        head = ChainHead(chain: chain, position: position, mac: mac)
        return Event(sequence: sequence, chain: chain, position: position, draft: draft, mac: mac)
    }

    static func mac(_ key: SymmetricKey, _ last: Data, _ chain: String, _ position: Int64, _ draft: EventDraft) -> Data
    {
        var form = Data(capacity: 256)
        form.append(last)
        func field(_ text: String) {
            var count = UInt32(truncatingIfNeeded: text.utf8.count).bigEndian
            withUnsafeBytes(of: &count) { form.append(contentsOf: $0) }
            form.append(contentsOf: text.utf8)
        }
        func field(_ number: Int64) {
            var number = number.bigEndian
            withUnsafeBytes(of: &number) { form.append(contentsOf: $0) }
        }
        field(chain)
        field(position)
        field(draft.at.seconds)
        field(draft.actor)
        field(draft.kind)
        field(draft.certificate)
        field(draft.subject)
        field(draft.reason)
        field(Int64(draft.detail.count))
        for (name, value) in draft.detail.sorted(by: { $0.key < $1.key }) {
            field(name)
            field(value)
        }
        return Data(HMAC<SHA256>.authenticationCode(for: form, using: key))
    }
}

/// Walks all events in their order and says whether any was changed, removed or put in.
public struct AuditVerifier: Sendable {
    public struct Finding: Hashable, Sendable, Codable {
        public var sequence: Int64
        public var message: String
    }

    private let key: SymmetricKey
    private var heads: [String: ChainHead] = [:]
    private var last: ChainHead?
    private var lastSequence: Int64 = 0
    public private(set) var count = 0
    public private(set) var findings: [Finding] = []

    public init(key: Secret32) { self.key = key.symmetricKey }

    /// Takes the next event, in ascending sequence.
    public mutating func take(_ event: Event) {
        count += 1
        if event.sequence != lastSequence + 1 {
            report(event, "events \(lastSequence + 1) to \(event.sequence - 1) are missing")
        }
        lastSequence = event.sequence
        let head = heads[event.chain]
        if event.position != (head?.position ?? 0) + 1 { report(event, "its position in its chain does not follow") }
        if head == nil { takeOpening(event) }
        let expected = AuditChain.mac(key, head?.mac ?? Data(), event.chain, event.position, event.draft)
        if expected != event.mac { report(event, "it, or the one before it, was changed") }
        let next = ChainHead(chain: event.chain, position: event.position, mac: event.mac)
        heads[event.chain] = next
        last = next
    }

    private mutating func takeOpening(_ event: Event) {
        guard event.draft.kind == AuditChain.openedKind else {
            report(event, "its chain does not begin with an opening")
            return
        }
        let signed = event.draft.detail["head"].flatMap { Data(base64Encoded: $0) }
        if signed != last?.mac { report(event, "the event before it is not the one that its chain signed") }
    }

    private mutating func report(_ event: Event, _ message: String) {
        findings.append(Finding(sequence: event.sequence, message: "Event \(event.sequence): \(message)."))
    }
}

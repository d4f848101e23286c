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
/// newest event of all chains before it.
public struct AuditChain: Sendable {
    public static let openedKind = "audit.chain-opened"

    private let key: SymmetricKey
    private let headKey: SymmetricKey
    private let chain: String
    private var end: ChainHead?
    /// The newest event that was appended since the head was last taken.
    private var newest: (sequence: Int64, mac: Data)?

    /// - Parameter chain: names the incarnation; never used before.
    public init(key: Secret32, chain: String) {
        self.key = key.symmetricKey
        headKey = AuditHead.key(from: key)
        self.chain = chain
    }

    /// Whether this chain has begun.
    public var isOpen: Bool { end != nil }

    /// The first event of this chain, signing `previous`, the newest event of the ledger.
    public mutating func open(after previous: ChainHead?, at now: Instant, sequence: Int64) -> Event {
        let detail =
            previous.map {
                ["chain": $0.chain, "position": String($0.position), "head": $0.mac.base64EncodedString()]
            } ?? [:]
        end = ChainHead(chain: chain, position: 0, mac: Data())
        let draft = EventDraft(at: now, actor: "certflow", kind: Self.openedKind, detail: detail)
        return append(draft, sequence: sequence)
    }

    public mutating func append(_ draft: EventDraft, sequence: Int64) -> Event {
        let last = end ?? ChainHead(chain: chain, position: 0, mac: Data())
        let position = last.position + 1
        let mac = Self.mac(key, after: last.mac, chain, position, sequence, draft)
        end = ChainHead(chain: chain, position: position, mac: mac)
        newest = (sequence, mac)
        return Event(sequence: sequence, chain: chain, position: position, draft: draft, mac: mac)
    }

    /// What the ledger must keep about the events appended since the last call; nil where there are none.
    public mutating func takeHead() -> AuditHead? {
        defer { newest = nil }
        return newest.map { AuditHead(sequence: $0.sequence, mac: $0.mac, key: headKey) }
    }

    /// The code of one event: over the one before it in its chain, its place, and all that it says.
    static func mac(
        _ key: SymmetricKey, after last: Data, _ chain: String, _ position: Int64, _ sequence: Int64,
        _ draft: EventDraft
    ) -> Data {
        // Bytes, not `Data`: at thousands of events a second its appending costs more than the code.
        var form: [UInt8] = []
        form.reserveCapacity(512)
        form += last
        func field(_ number: Int64) { withUnsafeBytes(of: number.bigEndian) { form += $0 } }
        func field(_ text: String) {
            field(Int64(text.utf8.count))
            form += text.utf8
        }
        field(chain)
        field(position)
        field(sequence)
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

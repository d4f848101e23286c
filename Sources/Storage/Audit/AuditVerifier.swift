import Automation
import Crypto
import Foundation

/// Walks all events in their order and says whether any was changed, removed, moved or put in.
public struct AuditVerifier: Sendable {
    public struct Finding: Hashable, Sendable, Codable {
        public var sequence: Int64
        public var message: String
    }

    /// More findings than these say nothing new.
    public static let findingsKept = 100

    private let key: SymmetricKey
    private let head: AuditHead?
    private let isHeadGenuine: Bool
    private var chains: [String: ChainHead] = [:]
    private var last: ChainHead?
    private var lastSequence: Int64 = 0
    public private(set) var count = 0
    /// At most `findingsKept`.
    public private(set) var findings: [Finding] = []

    /// - Parameter head: of the ledger, read before the first event.
    public init(key: Secret32, head: AuditHead?) {
        self.key = key.symmetricKey
        self.head = head
        isHeadGenuine = head?.isGenuine(under: AuditHead.key(from: key)) ?? false
    }

    /// Takes the next event, in ascending sequence.
    public mutating func take(_ event: Event) {
        count += 1
        if event.sequence != lastSequence + 1 {
            report(event.sequence, "events \(lastSequence + 1) to \(event.sequence - 1) are missing")
        }
        lastSequence = event.sequence
        let before = chains[event.chain]
        if event.position != (before?.position ?? 0) + 1 {
            report(event.sequence, "its position in its chain does not follow")
        }
        if before == nil { takeOpening(event) }
        let expected = AuditChain.mac(
            key, after: before?.mac ?? Data(), event.chain, event.position, event.sequence, event.draft)
        if expected != event.mac { report(event.sequence, "it, or the one before it, was changed") }
        if event.sequence == head?.sequence, event.mac != head?.mac {
            report(event.sequence, "it is not the one that the ledger's head names")
        }
        let end = ChainHead(chain: event.chain, position: event.position, mac: event.mac)
        chains[event.chain] = end
        last = end
    }

    /// Looks whether events are missing at the end; once, after the last event.
    public mutating func finish() {
        guard let head else {
            if count > 0 { report(lastSequence, "the ledger's head, which names the newest event, is missing") }
            return
        }
        if !isHeadGenuine { report(head.sequence, "the ledger's head, which names the newest event, was changed") }
        if head.sequence > lastSequence {
            report(head.sequence, "events \(lastSequence + 1) to \(head.sequence) are missing at the end")
        }
    }

    private mutating func takeOpening(_ event: Event) {
        guard event.draft.kind == AuditChain.openedKind else {
            report(event.sequence, "its chain does not begin with an opening")
            return
        }
        let signed = event.draft.detail["head"].flatMap { Data(base64Encoded: $0) }
        if signed != last?.mac { report(event.sequence, "the event before it is not the one that its chain signed") }
    }

    private mutating func report(_ sequence: Int64, _ message: String) {
        guard findings.count < Self.findingsKept else { return }
        findings.append(Finding(sequence: sequence, message: "Event \(sequence): \(message)."))
    }
}

extension LedgerReading {
    /// Checks all events against the key; memory stays the same however many there are.
    public func verifyAudit(key: Secret32) async throws -> AuditVerifier {
        var verifier = AuditVerifier(key: key, head: try await auditHead())
        var last: Int64 = 0
        while true {
            let page = try await events(after: last, certificate: nil, limit: 1000)
            guard let end = page.last else { break }
            for event in page { verifier.take(event) }
            last = end.sequence
        }
        verifier.finish()
        return verifier
    }
}

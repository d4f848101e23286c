import Foundation
import Synchronization

/// Nonces that a CA gave with its answers (RFC 8555, 6.5): each is used once, the newest first.
final class NoncePool: Sendable {
    /// More are dropped: every answer brings a new one.
    private static let limit = 64
    private static let longest = 256
    /// Older ones are likely forgotten by the CA.
    private static let life: TimeInterval = 600

    private let nonces = Mutex<[(text: String, at: Date)]>([])

    func take(_ now: Date) -> String? {
        nonces.withLock { nonces in
            while let newest = nonces.popLast() {
                if abs(now.timeIntervalSince(newest.at)) < Self.life { return newest.text }
                nonces.removeAll()
            }
            return nil
        }
    }

    /// What is no nonce is passed over.
    func put(_ text: String, _ now: Date) {
        guard Self.isNonce(text) else { return }
        nonces.withLock { nonces in
            if nonces.count >= Self.limit { nonces.removeFirst() }
            nonces.append((text, now))
        }
    }

    static func isNonce(_ text: String) -> Bool { text.utf8.count <= longest && Base64URL.isText(text) }

    var count: Int { nonces.withLock { $0.count } }
}

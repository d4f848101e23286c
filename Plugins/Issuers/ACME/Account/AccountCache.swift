import Foundation
import Synchronization

/// Keeps parsed accounts by the digest of the state entry that they came from, so that a changed entry is never answered
/// with an old one.
final class AccountCache: Sendable {
    private static let limit = 64

    private let entries = Mutex<[Data: HeldAccount]>([:])

    subscript(_ digest: Data) -> HeldAccount? {
        get { entries.withLock { $0[digest] } }
        set {
            entries.withLock { entries in
                if entries.count >= Self.limit { entries.removeAll() }
                entries[digest] = newValue
            }
        }
    }

    func removeAll() { entries.withLock { $0.removeAll() } }
}

import Foundation
import Synchronization

/// Keeps parsed identities by the digest of the state entry that they came from, so that a changed entry is never
/// answered with an old one.
final class IdentityCache: Sendable {
    /// A few profiles, each with few intermediates.
    private static let limit = 16

    private let entries = Mutex<[Data: [SigningIdentity]]>([:])

    subscript(_ digest: Data) -> [SigningIdentity]? {
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

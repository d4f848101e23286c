import Foundation
import Synchronization

/// Budgets as this process last saw them, with what is not yet in the state, by the entry and the account they are of.
final class BudgetCache: Sendable {
    struct Held: Sendable {
        var record: BudgetRecord
        /// SHA-256 of the entry it was read from.
        var digest: Data?
    }

    private static let limit = 64

    private let entries = Mutex<[String: Held]>([:])

    subscript(_ key: String) -> Held? {
        get { entries.withLock { $0[key] } }
        set {
            entries.withLock { entries in
                if entries.count >= Self.limit { entries.removeAll() }
                entries[key] = newValue
            }
        }
    }

    func removeAll() { entries.withLock { $0.removeAll() } }
}

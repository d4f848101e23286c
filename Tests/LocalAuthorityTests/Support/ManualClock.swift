import Automation
import Foundation
import PluginKit
import Synchronization

/// A clock that stands until a test moves it.
final class ManualClock: WallClock {
    private let instant: Mutex<Instant>

    init(_ instant: Instant) { self.instant = Mutex(instant) }

    var now: Date { instant.withLock { $0.date } }
    func sleep(until instant: Date) async throws {}

    func advance(_ span: Span) { instant.withLock { $0 = $0 + span } }
    func set(_ new: Instant) { instant.withLock { $0 = new } }
}

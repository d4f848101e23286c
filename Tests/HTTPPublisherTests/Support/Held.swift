import Synchronization

/// What a test's server keeps between two requests.
final class Held: Sendable {
    private let value = Mutex("")

    var text: String { value.withLock { $0 } }

    func set(_ text: String) { value.withLock { $0 = text } }
}

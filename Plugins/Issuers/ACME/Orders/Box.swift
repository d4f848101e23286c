import Synchronization

/// A value that several tasks change.
final class Box<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    init(_ value: Value) { content = Mutex(value) }

    var value: Value { content.withLock { $0 } }

    @discardableResult
    func update(_ change: (inout Value) -> Void) -> Value {
        content.withLock {
            change(&$0)
            return $0
        }
    }
}

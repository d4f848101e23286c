/// Carries a value out of a closure of one test.
final class Box<Value> {
    var value: Value
    init(_ value: Value) { self.value = value }
}

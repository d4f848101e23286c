/// A rule broken by a trace, with the calls that show it.
public struct Violation: Sendable, CustomStringConvertible {
    public let rule: String
    public let text: String
    public let calls: [TracedCall]

    public var description: String {
        "\(rule): \(text)" + calls.map { "\n    \($0)" }.joined()
    }
}

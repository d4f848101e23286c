/// A program and its arguments. No shell is involved: each argument arrives as it stands.
public struct Command: Codable, Sendable, Equatable {
    public var arguments: [String]
    public var timeout: Duration

    public init(_ arguments: [String], timeout: Duration) {
        self.arguments = arguments
        self.timeout = timeout
    }
}

public struct CommandResult: Codable, Sendable, Equatable {
    public enum Ending: Codable, Sendable, Equatable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
    }
    public var ending: Ending
    /// Both streams in the order they came, capped and redacted.
    public var output: String

    public init(ending: Ending, output: String) {
        self.ending = ending
        self.output = output
    }

    public var succeeded: Bool { ending == .exited(0) }
}

/// How a program ended.
public enum Ending: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)
    /// It was still running after its time, and was killed for it.
    case timedOut

    public var description: String {
        switch self {
        case .exited(let status): "exited with \(status)"
        case .killed(let signal): "killed by signal \(signal)"
        case .timedOut: "did not end in time"
        }
    }
}

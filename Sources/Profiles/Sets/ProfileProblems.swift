import PluginKit

/// Everything that is wrong with a set of profiles.
public struct ProfileProblems: Error, Sendable, Equatable {
    /// At least one; file by file, in the order of each.
    public var problems: [OptionProblem]

    public init(_ problems: [OptionProblem]) { self.problems = problems }
}

extension ProfileProblems: CustomStringConvertible {
    /// One line for each.
    public var description: String { problems.map(\.description).joined(separator: "\n") }
}

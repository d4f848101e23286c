import PluginKit

/// What reading one profile's file came to.
public struct ProfileReading<Profile: Sendable>: Sendable {
    /// Nil where there is any problem.
    public var profile: Profile?
    /// The name that the file gives, where it gives one.
    public var name: String?
    /// All of them, in the order of the file.
    public var problems: [OptionProblem]

    init(_ profile: Profile?, named name: String? = nil, _ findings: Findings) {
        self.init(profile: findings.isEmpty ? profile : nil, name: name, problems: findings.problems)
    }

    init(profile: Profile?, name: String?, problems: [OptionProblem]) {
        self.profile = profile
        self.name = name
        self.problems = problems
    }
}

import PluginKit

/// All profiles of a home, read together.
public struct ProfileSet: Sendable, Equatable {
    /// By name.
    public var publishing: [String: PublishingProfile]
    /// By name.
    public var issuing: [String: IssuingProfile]
    /// What keeps a profile from being used, by its name; empty where all are valid.
    public var brokenPublishing: [String: [OptionProblem]]
    public var brokenIssuing: [String: [OptionProblem]]
    /// Of the names and contents of all files, in hexadecimal: equal where nothing was changed. Guards against nothing.
    public var digest: String

    public init(
        publishing: [String: PublishingProfile] = [:], issuing: [String: IssuingProfile] = [:],
        brokenPublishing: [String: [OptionProblem]] = [:], brokenIssuing: [String: [OptionProblem]] = [:],
        digest: String = ""
    ) {
        self.publishing = publishing
        self.issuing = issuing
        self.brokenPublishing = brokenPublishing
        self.brokenIssuing = brokenIssuing
        self.digest = digest
    }

    /// The digests of the profiles in force, by "publishing/NAME" and "issuing/NAME".
    public var digests: [String: String] {
        var digests: [String: String] = [:]
        for profile in publishing.values { digests["publishing/\(profile.name)"] = profile.digest }
        for profile in issuing.values { digests["issuing/\(profile.name)"] = profile.digest }
        return digests
    }

    public enum Kind: String, Sendable { case publishing, issuing }

    /// Why there is no usable profile of that name, as a sentence, with what to do; nil where there is one.
    public func absence(of name: String, _ kind: Kind) -> (message: String, remedy: String)? {
        let valid = kind == .publishing ? Array(publishing.keys) : Array(issuing.keys)
        let broken = kind == .publishing ? brokenPublishing : brokenIssuing
        if valid.contains(name) { return nil }
        if let problem = broken[name]?.first {
            return (
                "The \(kind) profile `\(name.shown)` can't be used: \(problem.position): \(problem.message)",
                problem.remedy
            )
        }
        let near = NearestKey.of(name, among: valid.sorted()).map { "Did you mean `\($0)`?" }
        return (
            "There is no \(kind) profile `\(name.shown)`.",
            near ?? "Write it as profiles/\(kind)/\(name.shown).yaml, or name another: see `certflow profile list`."
        )
    }
}

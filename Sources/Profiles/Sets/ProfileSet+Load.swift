import PluginKit

extension ProfileSet {
    /// Reads `publishing/*.yaml` and `issuing/*.yaml` of a home's `profiles` folder.
    ///
    /// - Throws: every problem of every file; the set that was in force before should then stay.
    public static func load(directory: String, registry: Registry) throws(ProfileProblems) -> ProfileSet {
        let (set, problems) = loadLeniently(directory: directory, registry: registry)
        guard problems.isEmpty else { throw ProfileProblems(problems) }
        return set
    }

    /// The same for a start without an earlier set: the valid profiles, with what is wrong with the others. Those stand
    /// in `brokenPublishing` and `brokenIssuing`, so that a flow which names one can say why it stands still.
    public static func loadLeniently(
        directory: String, registry: Registry
    ) -> (set: ProfileSet, problems: [OptionProblem]) {
        var digest = FNV1a()
        let publishing = ProfileFolder(directory: ProfileDirectory(path: "\(directory)/publishing")) {
            PublishingProfile.read($0, stem: $1, registry: registry)
        }.contents(&digest)
        let issuing = ProfileFolder(directory: ProfileDirectory(path: "\(directory)/issuing")) {
            IssuingProfile.read($0, stem: $1, registry: registry)
        }.contents(&digest)
        let set = ProfileSet(
            publishing: publishing.valid, issuing: issuing.valid, brokenPublishing: publishing.broken,
            brokenIssuing: issuing.broken, digest: digest.description)
        return (set, publishing.problems + issuing.problems)
    }

    /// Cheap: differs where `load` may read something else than before.
    public static func stamp(directory: String) -> String {
        ["publishing", "issuing"].map { ProfileDirectory(path: "\(directory)/\($0)").stamp() }.joined(separator: "\n\n")
    }
}

import PluginKit

extension FilesystemPublisher {
    /// The backend that a registry holds. All publications of a process share its four threads.
    public static func backend() -> Backend<any Publisher> {
        let executor = BlockingExecutor()
        return Backend(
            manifest, make: { _, _ in FilesystemPublisher(executor: executor) }, close: { executor.close() })
    }

    public static let manifest = Manifest(
        name: "filesystem", kind: .publisher, version: "1",
        summary: "Files on this machine, switched as one set or replaced one by one.",
        capabilities: [.check, .inspect, .rollback, .sweep, .withdraw, .atomicSwitch],
        contents: Set(Artifact.Content.allCases), options: OptionSchema(FileOptions.fields + trustFields),
        concurrency: 4)

    private static let trustFields: [OptionSchema.Field] = [
        .init(
            "trustedUsers", .list(.text), role: .manner, example: "[postgres]",
            "Users, by name or number, who may own the directory and those above it, besides root and the one that "
                + "runs certflow. Such a user can lead certflow's writes elsewhere; default none."),
        .init(
            "trustedGroups", .list(.text), role: .manner, example: "[ssl-cert]",
            "Groups, by name or number, whose members may write in the directory and those above it. They can lead "
                + "certflow's writes elsewhere; default none."),
    ]
}

extension Trust {
    /// - Throws: `PluginFailure` (`configuration`) for a user or group that does not exist.
    init(_ options: Options) throws {
        self.init(
            users: Set(try options.texts("trustedUsers").map(Accounts.user)),
            groups: Set(try options.texts("trustedGroups").map(Accounts.group)))
    }
}

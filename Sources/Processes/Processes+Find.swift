import PluginKit

extension Processes {
    /// Where a program would be started from.
    ///
    /// - Parameter program: a name, looked for in `searchPath`, or an absolute path.
    /// - Throws: `PluginFailure` that says why it can't be started.
    public static func find(_ program: String) async throws -> String { try await Program.find(program) }
}

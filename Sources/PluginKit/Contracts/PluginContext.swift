import Foundation

/// The wall clock, so that tests and simulations replace it.
public protocol WallClock: Sendable {
    var now: Date { get }
    func sleep(until instant: Date) async throws
}

/// Everything of the outside that a plug-in may use: a value of witnesses, so that tests replace one at a time.
public struct PluginContext: Sendable {
    public var state: any PluginState
    public var clock: any WallClock
    /// So many random bytes, fit for keys and serial numbers.
    public var entropy: @Sendable (Int) -> [UInt8]
    /// The challenge solver of that name, set up by the host.
    public var solver: @Sendable (_ name: String) async throws -> any ChallengeSolver
    /// Runs a program on this machine, with these variables besides PATH and LANG: never a secret in either.
    public var run: @Sendable (_ command: Command, _ environment: [String: String]) async throws -> CommandResult
    /// Whether all is done as in earnest but against the profile's staging (capability `rehearse`): what comes of it is
    /// thrown away. `state` is then another than the profile's own.
    public var isRehearsal: Bool

    public init(
        state: any PluginState, clock: any WallClock, entropy: @escaping @Sendable (Int) -> [UInt8],
        solver: @escaping @Sendable (_ name: String) async throws -> any ChallengeSolver = PluginContext.noSolver,
        run: @escaping @Sendable (Command, [String: String]) async throws -> CommandResult = PluginContext.noCommands,
        isRehearsal: Bool = false
    ) {
        self.state = state
        self.clock = clock
        self.entropy = entropy
        self.solver = solver
        self.run = run
        self.isRehearsal = isRehearsal
    }

    /// For issuers that prove nothing by challenges.
    public static let noSolver: @Sendable (_ name: String) async throws -> any ChallengeSolver = { name in
        throw PluginFailure(
            .configuration, code: "plugin.no-solver", message: "There is no challenge solver \"\(name)\".",
            remedy: "Name a solver that `certflow issuer list` shows.")
    }

    /// For plug-ins that run no programs.
    public static let noCommands: @Sendable (Command, [String: String]) async throws -> CommandResult = { command, _ in
        throw PluginFailure(
            .configuration, code: "plugin.no-commands",
            message: "The program \(command.arguments.first ?? "") can't be run from here.",
            remedy: "Use a plug-in that needs no program.")
    }
}

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

    public init(
        state: any PluginState, clock: any WallClock, entropy: @escaping @Sendable (Int) -> [UInt8],
        solver: @escaping @Sendable (_ name: String) async throws -> any ChallengeSolver = PluginContext.noSolver
    ) {
        self.state = state
        self.clock = clock
        self.entropy = entropy
        self.solver = solver
    }

    /// For issuers that prove nothing by challenges.
    public static let noSolver: @Sendable (_ name: String) async throws -> any ChallengeSolver = { name in
        throw PluginFailure(
            .configuration, code: "plugin.no-solver", message: "There is no challenge solver \"\(name)\".",
            remedy: "Name a solver that `certflow issuer list` shows.")
    }
}

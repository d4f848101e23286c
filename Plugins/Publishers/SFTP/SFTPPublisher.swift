import Foundation
import PluginKit

/// Publishes to files on other machines over SSH.
///
/// What is written where is decided by PluginKit's layouts; this is their medium. Sessions are the pool's, so many
/// certificates go over one.
public struct SFTPPublisher: Publisher {
    private let pool: SessionPool
    /// What the paths of a profile count from.
    private let home: String

    init(pool: SessionPool, home: String) {
        self.pool = pool
        self.home = home
    }

    public func check(_ delivery: Delivery) async throws -> CheckReport {
        do {
            return try await withTree(delivery) { options, tree in
                try await TargetCheck(delivery: delivery, options: options, tree: tree).report()
            }
        } catch let failure as PluginFailure {
            return CheckReport([.init(.problem, failure.message, remedy: failure.remedy)])
        }
    }

    public func inspect(_ delivery: Delivery) async throws -> Presence {
        try await withTree(delivery) { options, tree in try await FileLayout(options, tree: tree).inspect() }
    }

    public func compare(_ delivery: Delivery) async throws -> [ComparedFile] {
        try await withTree(delivery) { options, tree in try await FileLayout(options, tree: tree).compare(delivery) }
    }

    public func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt {
        try await withTree(delivery) { options, tree in
            try await tree.requireOneStep()
            return try await FileLayout(options, tree: tree).publish(delivery, journal)
        }
    }

    public func rollback(_ delivery: Delivery, to handle: Handle, _ journal: any Journal) async throws -> Receipt {
        try await withTree(delivery) { options, tree in
            try await tree.requireOneStep()
            return try await FileLayout(options, tree: tree).rollback(delivery, to: handle, journal)
        }
    }

    public func sweep(_ delivery: Delivery, keeping handles: [Handle]) async throws {
        try await withTree(delivery) { options, tree in
            try await FileLayout(options, tree: tree).sweep(delivery, keeping: handles)
        }
    }

    public func withdraw(_ delivery: Delivery) async throws -> [String] {
        try await withTree(delivery) { options, tree in
            try await FileLayout(options, tree: tree).withdraw(delivery)
        }
    }

    public func run(_ command: Command, for delivery: Delivery) async throws -> CommandResult {
        let target = try SFTPTarget(delivery.options, home: home)
        guard let line = CommandLine.quoted(command.arguments) else {
            throw SFTPFailure.badCommand(target.destination.shown)
        }
        return try await pool.withSession(with: target.destination) { session in
            do {
                return try await session.run(line, timeout: command.timeout)
            } catch let problem as SSHProblem where problem.kind == .refused {
                throw SFTPFailure.noCommands(target.destination.shown, problem)
            } catch let problem as SSHProblem {
                throw SFTPFailure.connection(problem, target.destination, "run a command on")
            }
        }
    }

    private func withTree<Result: Sendable>(
        _ delivery: Delivery, _ body: @Sendable (FileOptions, SFTPTree) async throws -> Result
    ) async throws -> Result {
        let options = try FileOptions(delivery.options)
        let target = try SFTPTarget(delivery.options, home: home)
        return try await pool.withSession(with: target.destination) { session in
            let tree = SFTPTree(
                root: options.directory, manner: target.manner, session: session, destination: target.destination)
            do {
                let result = try await body(options, tree)
                await tree.finish()
                return result
            } catch {
                await tree.finish()
                throw error
            }
        }
    }
}

import Foundation
import PluginKit

/// Publishes to files on this machine.
///
/// What is written where is decided by PluginKit's layouts; this is their medium. Each verb runs as a whole on threads
/// of its own.
public struct FilesystemPublisher: Publisher {
    private let executor: BlockingExecutor
    private let kernel: Kernel

    init(executor: BlockingExecutor, kernel: Kernel = Kernel()) {
        self.executor = executor
        self.kernel = kernel
    }

    public func check(_ delivery: Delivery) async throws -> CheckReport {
        try await withTaskExecutorPreference(executor) {
            try await PlaceCheck(delivery: delivery, kernel: kernel).report()
        }
    }

    public func inspect(_ delivery: Delivery) async throws -> Presence {
        try await withLayout(delivery) { try await $0.inspect() }
    }

    public func compare(_ delivery: Delivery) async throws -> [ComparedFile] {
        try await withLayout(delivery) { try await $0.compare(delivery) }
    }

    public func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt {
        try await withLayout(delivery) { try await $0.publish(delivery, journal) }
    }

    public func rollback(_ delivery: Delivery, to handle: Handle, _ journal: any Journal) async throws -> Receipt {
        try await withLayout(delivery) { try await $0.rollback(delivery, to: handle, journal) }
    }

    public func sweep(_ delivery: Delivery, keeping handles: [Handle]) async throws {
        try await withLayout(delivery) { try await $0.sweep(delivery, keeping: handles) }
    }

    public func withdraw(_ delivery: Delivery) async throws -> [String] {
        try await withLayout(delivery) { try await $0.withdraw(delivery) }
    }

    private func withLayout<Result>(
        _ delivery: Delivery, _ body: (FileLayout) async throws -> Result
    ) async throws -> Result {
        try await withTaskExecutorPreference(executor) { try await body(try await layout(delivery)) }
    }

    /// Async though it waits for nothing: a call of it moves to the preferred threads, and users may be looked up here.
    private func layout(_ delivery: Delivery) async throws -> FileLayout {
        let options = try FileOptions(delivery.options)
        let trust = try Trust(delivery.options)
        return FileLayout(options, tree: POSIXFileTree(root: options.directory, trust: trust, kernel: kernel))
    }
}

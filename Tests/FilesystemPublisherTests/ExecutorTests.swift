import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import FilesystemPublisher

@Suite("Threads for calls that block")
struct ExecutorTests {
    @Test(
        "do the work of every verb of the publisher, looking up users as well", arguments: FileOptions.Layout.allCases)
    func verbs(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let elsewhere = Counter()
            let calls = Counter()
            let kernel = Kernel { _, _ in
                calls.increase()
                if !BlockingExecutor.isCurrent { elsewhere.increase() }
                return nil
            }
            let place = Publishing(directory.path, layout, kernel: kernel)
            _ = try await place.publisher.check(place.look(1))
            let handle = try #require(try await place.publish(1).handle)
            _ = try await place.publisher.inspect(place.look(1))
            _ = try await place.publisher.rollback(place.look(1), to: handle, MemoryJournal())
            try await place.publisher.sweep(place.look(1), keeping: [])
            #expect(calls.value > 50)
            #expect(elsewhere.value == 0)
        }
    }

    @Test("run four calls at a time, and the others after them")
    func parallel() async {
        let executor = BlockingExecutor()
        defer { executor.close() }
        let done = Counter()
        let four = DispatchSemaphore(value: 0)
        let started = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask(executorPreference: executor) {
                    started.increase()
                    // Each goes on only when all four are at it: three threads would stand still here.
                    if started.value == 4 { for _ in 0..<4 { four.signal() } }
                    Self.wait(four)
                    done.increase()
                }
            }
            for _ in 0..<100 { group.addTask(executorPreference: executor) { done.increase() } }
        }
        #expect(done.value == 104)
    }

    @Test("run what is queued before they end, and what comes after that as well")
    func close() async {
        let executor = BlockingExecutor()
        let done = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask(executorPreference: executor) {
                    await Task.yield()
                    done.increase()
                }
            }
            executor.close()
        }
        await withTaskExecutorPreference(executor) { done.increase() }
        #expect(done.value == 51)
    }

    private static func wait(_ semaphore: DispatchSemaphore) { semaphore.wait() }
}

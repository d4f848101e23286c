import FileContract
import Foundation
import PluginKit
import Synchronization
import Testing

@testable import FilesystemPublisher

@Suite("Readers while sets are switched")
struct ReadersTests {
    /// What one reader met.
    private struct Tally: Equatable {
        var missing = 0
        var partial = 0
        var mismatched = 0
    }

    /// Reads in a loop on a thread of its own, as servers and scripts do.
    private final class Reader: Sendable {
        /// Between two looks, in microseconds: readers that never rest would keep the writer from its work.
        private static let pause: useconds_t = 50

        let looks = Counter()
        let tally = Mutex(Tally())
        private let isStopped = Atomic(false)
        private let ended = DispatchSemaphore(value: 0)

        /// - Parameter look: the numbers of the sets that one look met; nil for a file that was missing, -1 for one
        ///   that was not whole.
        func start(_ look: @escaping @Sendable () -> [Int?]) {
            Thread.detachNewThread { [self] in
                while !isStopped.load(ordering: .acquiring) {
                    let seen = look()
                    tally.withLock { tally in
                        if seen.contains(nil) { tally.missing += 1 }
                        if seen.contains(-1) { tally.partial += 1 }
                        if Set(seen).count > 1 { tally.mismatched += 1 }
                    }
                    looks.increase()
                    usleep(Self.pause)
                }
                ended.signal()
            }
        }

        func stop() -> Tally {
            isStopped.store(true, ordering: .releasing)
            ended.wait()
            return tally.withLock { $0 }
        }
    }

    /// Of which set a file is.
    private static func number(_ name: String, in directory: Int32 = AT_FDCWD) -> Int? {
        let file = openat(directory, name, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &bytes, bytes.count)
        guard count >= 0 else { return nil }
        return SampleSet.number(of: Secret(bytes.prefix(count))) ?? -1
    }

    @Test("10,000 switches under 4 polling readers: none misses a file, sees a part of one, or a mixed set")
    func readers() async throws {
        try await withQuickDirectory { directory in
            let place = Publishing("\(directory)/tls")
            let live = "\(place.directory)/live"
            try await place.publish(1)
            let straddled = Counter()

            let readers = (0..<4).map { _ in Reader() }
            readers[0].start { [Self.number("\(live)/bundle.pem")] }
            for reader in readers[1...2] {
                reader.start {
                    let opened = open(live, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                    guard opened >= 0 else { return [nil] }
                    defer { close(opened) }
                    return ["privkey.pem", "fullchain.pem", "bundle.pem"].map { Self.number($0, in: opened) }
                }
            }
            let pairs = readers[3]
            pairs.start {
                let pair = { ["fullchain.pem", "privkey.pem"].map { Self.number("\(live)/\($0)") } }
                let first = pair()
                guard Set(first).count > 1 else { return first }
                straddled.increase()
                return pair()
            }

            for number in 1...10_000 {
                // A pair that is read again once is right as long as no second switch falls into the same look.
                let seen = pairs.looks.value
                while pairs.looks.value == seen { await Task.yield() }
                // Each twentieth set is new, the others go back and forth between two that stand there.
                let receipt = try await place.publish(number % 20 == 0 ? number / 20 + 2 : number / 20 + number % 2)
                try #require(receipt.atomic)
            }
            for reader in readers {
                #expect(reader.stop() == Tally())
                #expect(reader.looks.value >= 1000)
            }
            #expect(straddled.value > 0, "no look of two paths fell into a switch: the readers were too slow to tell")
        }
    }
}

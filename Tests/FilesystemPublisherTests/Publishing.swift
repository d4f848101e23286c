import FileContract
import Foundation
import PluginKit
import Synchronization
import TestPeers

@testable import FilesystemPublisher

/// What tests publish: the sample sets, with the options of a profile.
struct Publishing: SamplePublishing {
    var directory: String
    var layout: FileOptions.Layout = .versioned
    var files: [String: [String: String]] = [:]
    var values: [String: Options.Value] = [:]

    let publisher: FilesystemPublisher

    init(
        _ directory: String, _ layout: FileOptions.Layout = .versioned, files: [String: [String: String]] = [:],
        more: [String: Options.Value] = [:], kernel: Kernel = Kernel()
    ) {
        self.directory = directory
        self.layout = layout
        self.files = files
        values = more
        publisher = FilesystemPublisher(executor: BlockingExecutor(), kernel: kernel)
    }

    /// The path that readers use.
    func path(_ file: String) -> String { layout == .versioned ? "\(directory)/live/\(file)" : "\(directory)/\(file)" }

    /// The set that readers see.
    func visible() async throws -> Int? {
        let contract = FileContract(SampleSet.options(layout, in: directory)) { throw CancellationError() }
        return try await contract.visible(POSIXFileTree(root: directory, trust: Trust()))
    }
}

/// A directory of its own in memory, where the machine has such a place: what tests repeat a thousand times need not wait
/// for a disk's syncs.
func withQuickDirectory(_ body: (String) async throws -> Void) async throws {
    guard access("/dev/shm", W_OK) == 0 else { return try await withTemporaryDirectory { try await body($0.path) } }
    let directory = "/dev/shm/certflow-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await body(directory)
}

/// What a publication is refused with.
func failureCode(_ body: () async throws -> some Any) async -> String? {
    do {
        _ = try await body()
        return nil
    } catch {
        return (error as? PluginFailure)?.code ?? "\(error)"
    }
}

/// Breaks a kernel at one of the calls that change something, and keeps a trace of them.
final class Faults: Sendable {
    enum Manner: Sendable, Hashable, CaseIterable {
        case noSpace, inputOutput, shortWrite, crash
    }

    struct Crash: Error {}

    private struct State {
        var calls: [(Kernel.Call, String)] = []
        var isDead = false
    }

    private static let looking: Set<Kernel.Call> = [.look, .open, .list, .read, .readAttribute]
    private let place: Int
    private let manner: Manner
    private let state = Mutex(State())

    init(at place: Int = 0, _ manner: Manner = .crash) {
        self.place = place
        self.manner = manner
    }

    var trace: [(Kernel.Call, String)] { state.withLock { $0.calls } }
    var happened: Bool { place > 0 && trace.count >= place }

    var kernel: Kernel {
        Kernel { call, path in
            guard !Self.looking.contains(call) else { return nil }
            return try self.state.withLock { state in
                if state.isDead { throw Crash() }
                state.calls.append((call, path))
                guard state.calls.count == self.place else { return nil }
                switch self.manner {
                case .noSpace: return .error(ENOSPC)
                case .inputOutput: return .error(EIO)
                case .shortWrite: return call == .write ? .short : nil
                case .crash:
                    state.isDead = true
                    throw Crash()
                }
            }
        }
    }
}

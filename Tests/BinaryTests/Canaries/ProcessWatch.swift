import Foundation
import Synchronization

/// Looks at the arguments and the environment of every process that has to do with a directory, again and again.
final class ProcessWatch: Sendable {
    private static let pause = Duration.milliseconds(15)
    /// A process is looked at so many times: before and after it became another program.
    private static let looks = 6

    private let directory: Data
    private let found = Mutex<Set<Data>>([])

    /// - Parameter directory: stands in the arguments or the environment of those that count.
    init(about directory: URL) { self.directory = Data(directory.path.utf8) }

    /// - Returns: what was seen while `body` ran, each once.
    func during(isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Void) async throws -> [Data] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var known: [String: Int] = [:]
                while !Task.isCancelled {
                    self.look(&known)
                    try? await Task.sleep(for: Self.pause)
                }
            }
            defer { group.cancelAll() }
            try await body()
        }
        return found.withLock { Array($0) }
    }

    private func look(_ known: inout [String: Int]) {
        let own = String(getpid())
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for name in names where name.first?.isNumber == true && name != own {
            guard known[name, default: 0] < Self.looks else { continue }
            known[name, default: 0] += 1
            let told = ["cmdline", "environ"].compactMap { try? Data(contentsOf: URL(filePath: "/proc/\(name)/\($0)")) }
            guard told.contains(where: { $0.range(of: directory) != nil }) else { continue }
            found.withLock { found in for data in told { found.insert(data) } }
        }
    }
}

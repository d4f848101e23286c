import Foundation

@testable import StorageSQLite

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

extension SQLiteLedger {
    /// Keeps the writer inside of a transaction while `body` runs.
    func whileWriterIsHeld(_ body: () async throws -> Void) async throws {
        let gate = DispatchSemaphore(value: 0)
        let (inside, signal) = AsyncStream.makeStream(of: Void.self)
        async let held: Void = queue.submit { _, _ in
            signal.finish()
            return .keep(gate.wait())
        }
        for await _ in inside {}
        let result = await Result { try await body() }
        gate.signal()
        try await held
        try result.get()
    }
}

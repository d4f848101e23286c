import FaultKit
import Foundation

/// How much of a matrix is run: where FAULTS_FULL is set, all of it. Else all calls but a part of the writes to the
/// database, which are many and alike; and every label.
enum Thoroughness {
    private static let isFull = ProcessInfo.processInfo.environment["FAULTS_FULL"] != nil

    /// Each so-manieth of the many calls is one to be killed at.
    static let stride = isFull ? 1 : 8
    /// Each so-manieth of the many calls is one to fail.
    static let errorStride = isFull ? 1 : 32
    /// The calls that are many.
    static let many: @Sendable (TracedCall) -> Bool = {
        $0.name == .write && ["wal", "shm", "database"].contains($0.role)
    }
    /// Images of a power loss, for each run.
    static let images = isFull ? 600 : 80
}

import Foundation

/// How much of a matrix is run: where FAULTS_FULL is set, all of it. Else a part, and every label.
enum Thoroughness {
    private static let isFull = ProcessInfo.processInfo.environment["FAULTS_FULL"] != nil

    /// Each so-manieth call is one to be killed at.
    static let stride = isFull ? 1 : 4
    /// Each so-manieth call is one to fail.
    static let errorStride = isFull ? 1 : 16
    /// Images of a power loss, for each run.
    static let images = isFull ? 600 : 80
}

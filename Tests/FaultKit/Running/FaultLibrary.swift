import Foundation

/// Where the built interposer lies.
enum FaultLibrary {
    /// Beside the running test program, as SwiftPM puts its products, or where FAULTS_LIBRARY says.
    static func path() throws -> String {
        if let told = ProcessInfo.processInfo.environment["FAULTS_LIBRARY"] { return told }
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = program.deletingLastPathComponent().appending(path: "libFaults.so").path
        guard FileManager.default.isReadableFile(atPath: beside) else { throw FaultKitError.libraryMissing(beside) }
        return beside
    }
}

import Glibc

/// What keeps the kit itself from working: never a verdict about the program under test.
public struct FaultKitError: Error, Sendable, CustomStringConvertible {
    /// What failed, and what to do about it.
    public let description: String

    static func libraryMissing(_ path: String) -> Self {
        Self(description: "The interposer is not at \(path). Build the product Faults, or set FAULTS_LIBRARY to it.")
    }

    static func notInterposed(_ program: String) -> Self {
        Self(
            description: """
                \(program) left no trace: the interposer was not loaded. Is it linked statically, setuid, or a script \
                whose interpreter changes the environment?
                """)
    }

    static func call(_ name: String, on path: String, error: Int32) -> Self {
        Self(description: "\(name) failed on \(path): \(String(cString: strerror(error))).")
    }

    static func misconfigured(_ program: String, _ errors: String) -> Self {
        Self(description: "The interposer refused to run \(program): \(errors)")
    }

    static func brokenTrace(at offset: Int) -> Self {
        Self(
            description: "The trace is damaged at byte \(offset): it was written by another version of the interposer.")
    }

    static func alreadyBroken(_ violations: [Violation]) -> Self {
        Self(
            description: "The trace breaks rules before anything is taken from it:\n"
                + violations.map(\.description).joined(separator: "\n"))
    }
}

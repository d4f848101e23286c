import Foundation
import PluginKit

extension Command {
    /// Long enough never to pass in a test that works.
    static let never = Duration.seconds(300)

    /// A shell only because it makes a convenient child: the shell is the program under test's control.
    static func script(_ text: String, timeout: Duration = never) -> Command {
        Command(["sh", "-c", text], timeout: timeout)
    }
}

/// Waits for what another process or task does, without knowing how long that takes.
func waitUntil(_ condition: () throws -> Bool) async throws {
    while try !condition() { try await Task.sleep(for: .milliseconds(5)) }
}

/// Whether a process of this number exists and runs.
func isRunning(_ process: pid_t) -> Bool {
    guard let status = try? Data(contentsOf: URL(filePath: "/proc/\(process)/stat")),
        let name = status.lastIndex(of: UInt8(ascii: ")"))
    else { return false }
    return status[name...].dropFirst(2).first != UInt8(ascii: "Z")
}

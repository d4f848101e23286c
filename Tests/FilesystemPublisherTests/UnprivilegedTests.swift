import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import FilesystemPublisher

/// Each in a process of its own that has given up root.
@Suite("Without root")
struct UnprivilegedTests {
    /// The user and group "nobody".
    private static let nobody: uid_t = 65_534

    private static func giveUpRoot() {
        guard geteuid() == 0 else { return }
        precondition(setgroups(0, nil) == 0 && setgid(nobody) == 0 && setuid(nobody) == 0)
    }

    @Test("files are published and rolled back in a directory of the user's own")
    func own() async {
        await #expect(processExitsWith: .success) {
            Self.giveUpRoot()
            try await withTemporaryDirectory { directory in
                for layout in FileOptions.Layout.allCases {
                    let place = Publishing("\(directory.path)/\(layout)", layout)
                    try await place.publish(1)
                    let handle = try #require(try await place.publish(2).handle)
                    _ = try await place.publisher.rollback(place.look(2), to: handle, MemoryJournal())
                    let visible = try await place.visible()
                    #expect(visible == 1)
                }
            }
        }
    }

    @Test("giving a file away is a clear failure, which the dry run foretells")
    func giveAway() async {
        await #expect(processExitsWith: .success) {
            Self.giveUpRoot()
            try await withTemporaryDirectory { directory in
                for option in ["owner", "group"] {
                    let place = Publishing(directory.path, files: ["privkey.pem": [option: "0"]])
                    let report = try await place.publisher.check(place.look(1))
                    #expect(report.hasProblem)
                    let code = await failureCode { try await place.publish(1) }
                    #expect(code == "filesystem.permission-denied")
                }
            }
        }
    }

    @Test("a directory that may not be written to is a clear failure, which the dry run foretells")
    func readOnly() async {
        await #expect(processExitsWith: .success) {
            Self.giveUpRoot()
            let place = Publishing("/usr")
            let report = try await place.publisher.check(place.look(1))
            #expect(report.hasProblem)
            let code = await failureCode { try await place.publish(1) }
            #expect(code == "filesystem.permission-denied")
        }
    }
}

import FileContract
import Foundation
import PluginKit
import Synchronization
import TestPeers
import Testing

@testable import FilesystemPublisher

@Suite("The order of what a publication does")
struct DurabilityTests {
    /// Notes the journal's commits between the calls to the kernel.
    private final class Tracer: Journal {
        private let root: String
        private let kept = Mutex<[String]>([])

        init(_ root: String) { self.root = root }

        var lines: [String] { kept.withLock { $0 } }

        var kernel: Kernel {
            Kernel { call, path in
                guard ![.look, .open, .list, .read, .readAttribute].contains(call) else { return nil }
                let place = path == self.root ? "." : path.replacingOccurrences(of: "\(self.root)/", with: "")
                self.kept.withLock { $0.append("\(call) \(place)") }
                return nil
            }
        }

        func record(_ step: Step, _ handle: Handle) async throws { kept.withLock { $0.append("commit \(step)") } }
        func note(_ text: String) {}
    }

    @Test("versioned: files, their directory, its name, the commit, the switch, the commit")
    func versioned() async throws {
        try await withTemporaryDirectory { directory in
            try await Publishing(directory.path).publish(1)
            let tracer = Tracer(directory.path)
            let place = Publishing(directory.path, kernel: tracer.kernel)
            _ = try await place.publisher.publish(place.delivery(2), tracer)
            let version = try FileManager.default.destinationOfSymbolicLink(atPath: "\(directory.path)/live")
            let staging = version.replacingOccurrences(of: "versions/", with: "versions/.staging-")
            let files = [".certflow.json"] + SampleSet.files.map(\.name)
            var expected = ["makeDirectory \(staging)"]
            for file in files {
                expected.append("create \(staging)/\(file)")
                if file == "fullchain.pem" { expected.append("setMode \(staging)/\(file)") }
                expected.append("write \(staging)/\(file)")
            }
            for file in files { expected.append("synchronize \(staging)/\(file)") }
            for file in files.reversed() { expected.append("close \(staging)/\(file)") }
            expected += ["setMode \(staging)", "synchronize \(staging)", "rename \(version)", "synchronize versions"]
            expected += ["commit staged", "link live", "rename live", "synchronize .", "commit switched"]
            #expect(tracer.lines == expected)
        }
    }

    @Test(
        "a directory that is made is durable itself before anything in it counts",
        arguments: FileOptions.Layout.allCases)
    func directory(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let tracer = Tracer(directory.path)
            let place = Publishing("\(directory.path)/tls", layout, kernel: tracer.kernel)
            _ = try await place.publisher.publish(place.delivery(1), tracer)
            let lines = tracer.lines
            let made = try #require(lines.firstIndex(of: "makeDirectory tls"))
            // Its mode is set besides where the umask kept some of it back.
            let next = lines[made...].dropFirst().first { !$0.hasPrefix("setMode") }
            #expect(next == "synchronize .")
        }
    }

    @Test("flat: copies and new files are durable before the commit, the renames before theirs")
    func flat() async throws {
        try await withTemporaryDirectory { directory in
            try await Publishing(directory.path, .flat).publish(1)
            let tracer = Tracer(directory.path)
            let place = Publishing(directory.path, .flat, kernel: tracer.kernel)
            _ = try await place.publisher.publish(place.delivery(2), tracer)
            let lines = tracer.lines
            let staged = try #require(lines.firstIndex(of: "commit staged"))
            let switched = try #require(lines.firstIndex(of: "commit switched"))
            let before = lines[..<staged]
            for file in before where file.hasPrefix("create ") {
                let synced = "synchronize " + file.dropFirst("create ".count)
                #expect(before.contains(synced), "\(file)")
            }
            #expect(!before.contains { line in SampleSet.files.contains { line == "rename \($0.name)" } })
            let moved = lines[staged..<switched].filter { line in
                line.hasPrefix("rename ") && !line.contains("/") || line == "synchronize ."
            }
            #expect(
                moved == [
                    "rename privkey.pem", "rename bundle.pem", "rename store.p12", "rename fullchain.pem",
                    "synchronize .",
                ])
            #expect(lines[..<switched].last == "synchronize .certflow/fullchain.pem")
        }
    }
}

import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import FilesystemPublisher

@Suite("The dry run")
struct CheckTests {
    @Test(
        "finds nothing wrong where a publication succeeds, and changes nothing", arguments: FileOptions.Layout.allCases)
    func clean(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let faults = Faults()
            let place = Publishing("\(directory.path)/tls", layout, kernel: faults.kernel)
            #expect(try await place.publisher.check(place.look(1)).findings.map(\.weight) == [.fact])
            #expect(faults.trace.isEmpty)
            try await place.publish(1)
            let before = faults.trace.count
            #expect(try await place.publisher.check(place.look(2)).findings.map(\.weight) == [.fact])
            #expect(faults.trace.count == before)
        }
    }

    @Test("finds a planted live, an unknown group and a key that everybody may read, with remedies")
    func problems() async throws {
        try await withTemporaryDirectory { directory in
            try #require(symlink("/etc/ssl", "\(directory.path)/live") == 0)
            let place = Publishing(
                directory.path, files: ["privkey.pem": ["mode": "0644"], "bundle.pem": ["group": "no-such-group"]])
            let findings = try await place.publisher.check(place.look(1)).findings
            #expect(findings.filter { $0.weight == .problem }.count == 2)
            #expect(findings.filter { $0.weight == .warning }.count == 1)
            #expect(findings.filter { $0.weight != .fact }.allSatisfy { $0.remedy?.isEmpty == false })
        }
    }

    @Test("compares each file with the one in its place, and changes nothing", arguments: FileOptions.Layout.allCases)
    func compared(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let faults = Faults()
            let place = Publishing("\(directory.path)/tls", layout, kernel: faults.kernel)
            func changes(_ number: Int) async throws -> Set<ComparedFile.Change> {
                Set(try await place.publisher.compare(place.delivery(number)).map(\.change))
            }
            #expect(try await changes(1) == [.new])
            #expect(faults.trace.isEmpty)
            try await place.publish(1)
            let before = faults.trace.count
            // Nobody can tell of a PKCS#12 file, which differs at each rendering.
            #expect(try await changes(1) == [.unchanged, .unknowable])
            #expect(try await changes(2) == [.changed, .unknowable])
            try #require(truncate(place.path("privkey.pem"), 3) == 0)
            let key = try await place.publisher.compare(place.delivery(1)).first { $0.name == "privkey.pem" }
            #expect(key == ComparedFile(name: "privkey.pem", change: .changed, present: 3))
            #expect(faults.trace.count == before)
        }
    }

    @Test("compares nothing where a publication is refused")
    func refused() async throws {
        try await withTemporaryDirectory { directory in
            try #require(symlink("/etc/ssl", "\(directory.path)/live") == 0)
            let place = Publishing(directory.path)
            #expect(await failureCode { try await place.publisher.compare(place.delivery(1)) } == "files.foreign-live")
        }
    }
}

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
}

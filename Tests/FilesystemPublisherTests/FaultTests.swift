import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import FilesystemPublisher

@Suite("A disk that fails")
struct FaultTests {
    @Test(
        "is never called published, leaves whole sets, and a later run repairs it",
        arguments: FileOptions.Layout.allCases, Faults.Manner.allCases)
    func everyCall(layout: FileOptions.Layout, manner: Faults.Manner) async throws {
        try await withQuickDirectory { directory in
            var checked = 0
            for place in 1... {
                let path = "\(directory)/\(place)"
                let sound = Publishing(path, layout)
                try await sound.publish(1)
                let faults = Faults(at: place, manner)
                let journal = MemoryJournal()
                do {
                    let receipt = try await Publishing(path, layout, kernel: faults.kernel).publish(2, journal)
                    // A short write is gone on with; a failed clean-up of nothing is no failure either.
                    #expect(receipt.effect == .changed)
                    #expect(try await sound.visible() == 2)
                    guard faults.happened else { break }
                } catch is Faults.Crash {
                } catch let failure as PluginFailure {
                    #expect(failure.kind == .transient)
                    #expect(failure.code == (manner == .noSpace ? "filesystem.no-space" : "filesystem.io-error"))
                    #expect(failure.message.contains(path))
                    #expect(!journal.entries.contains { $0.0 == .switched })
                }
                if layout == .versioned { #expect([1, 2].contains(try await sound.visible())) }
                let again = try await sound.publish(2, resuming: journal.newest)
                #expect(try await sound.visible() == 2)
                let handle = try #require(again.handle)
                _ = try await sound.publisher.rollback(sound.look(2), to: handle, MemoryJournal())
                #expect(try await sound.visible() == 1)
                checked += 1
            }
            #expect(checked > 15)
        }
    }

    @Test("that fails a sync gets the file thrown away, not synced again", arguments: [EIO, ENOSPC])
    func failedSync(error: Int32) async throws {
        try await withTemporaryDirectory { directory in
            let syncs = Counter()
            let kernel = Kernel { call, path in
                guard call == .synchronize, path.hasSuffix("/privkey.pem") else { return nil }
                syncs.increase()
                return .error(error)
            }
            let tree = POSIXFileTree(root: directory.path, trust: Trust(), kernel: kernel)
            let file = NewFile("privkey.pem", Secret(text: "key"), FileAttributes(mode: 0o600))
            let other = NewFile("fullchain.pem", Secret(text: "certificate"), FileAttributes(mode: 0o644))
            await #expect(throws: PluginFailure.self) { try await tree.write([other, file]) }
            #expect(syncs.value == 1)
            let left = try await tree.names(in: "")
            #expect(left == [])
        }
    }

    @Test("whose last word comes with the close is heard")
    func failedClose() async throws {
        try await withTemporaryDirectory { directory in
            let kernel = Kernel { call, _ in call == .close ? .error(EDQUOT) : nil }
            let code = await failureCode { try await Publishing("\(directory.path)/a", kernel: kernel).publish(1) }
            #expect(code == "filesystem.quota")
        }
    }

    @Test(
        "or a place that is set up wrongly is told apart by its class",
        arguments: zip(
            [EACCES, EROFS, ENOENT, EBUSY, ELOOP, EMFILE],
            [FailureClass.configuration, .configuration, .configuration, .configuration, .policy, .transient]))
    func classes(error: Int32, kind: FailureClass) {
        let failure = FilesystemFailure.system(error, .create, "/etc/tls/key.pem")
        #expect(failure.kind == kind)
        #expect(failure.message.contains("/etc/tls/key.pem"))
        #expect(!failure.remedy.isEmpty)
    }
}

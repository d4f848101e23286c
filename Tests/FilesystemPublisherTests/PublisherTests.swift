import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import FilesystemPublisher

@Suite("The filesystem publisher")
struct PublisherTests {
    private static let layouts = FileOptions.Layout.allCases

    @Test("says what is there: nothing, a certificate, something else", arguments: layouts)
    func inspect(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing("\(directory.path)/tls", layout)
            #expect(try await place.publisher.inspect(place.look(1)) == .nothing)
            for number in 1...2 {
                try await place.publish(number)
                #expect(
                    try await place.publisher.inspect(place.look(2)) == .certificates([SampleSet.certificate(number)]))
            }
            try #require(truncate(place.path("fullchain.pem"), 40) == 0)
            guard case .unreadable(let words) = try await place.publisher.inspect(place.look(2)) else {
                Issue.record("a cut file was read as a certificate")
                return
            }
            #expect(words.contains("fullchain.pem"))
        }
    }

    @Test("repairs a set that somebody changed, and calls an untouched one unchanged", arguments: layouts)
    func repair(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path, layout)
            try await place.publish(1)
            #expect(try await place.publish(1).effect == .unchanged)
            try #require(truncate(place.path("privkey.pem"), 3) == 0)
            #expect(try await place.publish(1).effect == .changed)
            #expect(try await place.visible() == 1)
            #expect(try await place.publish(1).effect == .unchanged)
        }
    }

    @Test("publishes anew where somebody removed the versions, and says what a rollback lacks")
    func removedVersions() async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path)
            try await place.publish(1)
            let handle = try #require(try await place.publish(2).handle)
            try FileManager.default.removeItem(atPath: "\(directory.path)/versions")
            let code = await failureCode {
                try await place.publisher.rollback(place.look(2), to: handle, MemoryJournal())
            }
            #expect(code == "files.set-gone")
            #expect(try await place.publish(2).effect == .changed)
            #expect(try await place.visible() == 2)
        }
    }

    @Test("rolls back to no set that lacks a file")
    func incompleteVersion() async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path)
            try await place.publish(1)
            let first = try FileManager.default.destinationOfSymbolicLink(atPath: "\(directory.path)/live")
            let handle = try #require(try await place.publish(2).handle)
            try #require(unlink("\(directory.path)/\(first)/privkey.pem") == 0)
            let code = await failureCode {
                try await place.publisher.rollback(place.look(2), to: handle, MemoryJournal())
            }
            #expect(code == "files.set-gone")
            #expect(try await place.visible() == 2)
        }
    }

    @Test("tells whether the switch was one step", arguments: zip(layouts, [true, false]))
    func atomic(layout: FileOptions.Layout, expected: Bool) async throws {
        try await withTemporaryDirectory { directory in
            let receipt = try await Publishing(directory.path, layout).publish(1)
            #expect(receipt.atomic == expected)
        }
    }

    @Test("keeps as many old sets as the profile says, and those that a handle names", arguments: layouts)
    func sweep(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path, layout, more: ["keep": .integer(2)])
            var handles: [Handle] = []
            for number in 1...8 { handles.append(try #require(try await place.publish(number).handle)) }
            try await place.publisher.sweep(place.look(8), keeping: [handles[2]])
            #expect(try await place.visible() == 8)
            // The one that is named can still be undone.
            _ = try await place.publisher.rollback(place.look(3), to: handles[2], MemoryJournal())
            #expect(try await place.visible() == 2)
            let store = layout == .versioned ? "versions" : ".certflow/fullchain.pem"
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/\(store)")
            // versioned: 8, 7, 6, and 3 and 2 that the handle names; flat: the copies of 8, 7, 6 and 3, and the state.
            #expect(names.count == 5)
            let gone = await failureCode {
                try await place.publisher.rollback(place.look(4), to: handles[3], MemoryJournal())
            }
            #expect(layout == .versioned || gone == "files.set-gone")
        }
    }

    @Test("refuses a second certificate in a versioned directory")
    func otherCertificate() async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path)
            try await place.publish(1)
            var other = SampleSet.delivery(2, certificate: "mail.example.com")
            other.options = place.options
            let code = await failureCode { try await place.publisher.publish(other, MemoryJournal()) }
            #expect(code == "files.other-certificate")
        }
    }

    @Test("does not make a directory whose parent is missing: that is a slip in the profile")
    func missingParent() async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing("\(directory.path)/ngnix/tls")
            #expect(await failureCode { try await place.publish(1) } == "filesystem.missing")
            #expect(try await place.publisher.inspect(place.look(1)) == .nothing)
            let report = try await place.publisher.check(place.look(1))
            #expect(report.hasProblem)
        }
    }

    @Test("lets two profiles share a flat directory")
    func sharedDirectory() async throws {
        try await withTemporaryDirectory { directory in
            let sample = SampleSet.files
            let one = FileOptions(directory: directory.path, layout: .flat, files: Array(sample[0...1]))
            let two = FileOptions(directory: directory.path, layout: .flat, files: Array(sample[2...3]))
            func layout(_ options: FileOptions) -> FileLayout {
                FileLayout(options, tree: POSIXFileTree(root: directory.path, trust: Trust()))
            }
            _ = try await layout(one).publish(SampleSet.delivery(1), MemoryJournal())
            let second = try await layout(two).publish(SampleSet.delivery(2), MemoryJournal())
            #expect(try await layout(one).publish(SampleSet.delivery(1), MemoryJournal()).effect == .unchanged)
            let handle = try #require(second.handle)
            _ = try await layout(two).rollback(SampleSet.delivery(2), to: handle, MemoryJournal())
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
            #expect(names.sorted() == [".certflow", "fullchain.pem", "privkey.pem"])
        }
    }

    @Test("rolls back in the directory that was published to, or not at all")
    func otherDirectory() async throws {
        try await withTemporaryDirectory { directory in
            let handle = try #require(try await Publishing("\(directory.path)/a").publish(1).handle)
            let place = Publishing("\(directory.path)/b")
            try await place.publish(1)
            let code = await failureCode {
                try await place.publisher.rollback(place.look(1), to: handle, MemoryJournal())
            }
            #expect(code == "files.other-directory")
        }
    }

    @Test("stops before the switch when the lease is lost")
    func lostLease() async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path)
            try await place.publish(1)
            let journal = MemoryJournal(Breakage(at: 1))
            #expect(await failureCode { try await place.publish(2, journal) } == "test.broken")
            #expect(try await place.visible() == 1)
        }
    }

    @Test("takes its options as its schema declares them")
    func schema() async throws {
        try await withTemporaryDirectory { directory in
            let position = SourcePosition(file: "tls.yaml", line: 1, column: 1)
            func group(_ pairs: KeyValuePairs<String, OptionNode>) -> OptionNode {
                OptionNode(
                    .group(pairs.map { .init(key: $0.key, keyPosition: position, node: $0.value) }), at: position)
            }
            func text(_ value: String) -> OptionNode { OptionNode(.scalar(value), at: position) }
            let node = group([
                "directory": text("\(directory.path)/{{certificate.name}}/"), "keep": text("3"),
                "files": OptionNode(
                    .list([
                        group(["name": text("all.pem"), "content": text("bundle"), "mode": text("0640")]),
                        group([
                            "name": text("store.p12"), "content": text("pkcs12"),
                            "passphrase": group(["secret": text("store")]),
                        ]),
                    ]), at: position),
            ])
            let backend = FilesystemPublisher.backend()
            let check = backend.manifest.options.check(
                node, variables: ["certificate.name"], contents: backend.manifest.contents)
            #expect(check.problems == [])
            let options = try check.tree.render(TemplateVariables(["certificate.name": "www.example.com"])) {
                Secret(text: $0)
            }
            #expect(
                options.places(backend.manifest.options) == [
                    "\(directory.path)/www.example.com/all.pem", "\(directory.path)/www.example.com/store.p12",
                ])
            var delivery = SampleSet.delivery(1)
            delivery.artifacts = [delivery.artifacts[2], delivery.artifacts[3]]
            delivery.options = options
            let context = PluginContext(state: NoState(), clock: NoClock(), entropy: { _ in [] })
            let publisher = try await backend.make(Options(), context)
            _ = try await publisher.publish(delivery, MemoryJournal())
            #expect(try await publisher.inspect(delivery) == .certificates([SampleSet.certificate(1)]))
            await backend.close()
        }
    }

    private struct NoState: PluginState {
        func value(_ key: String) async throws -> Secret? { nil }
        func store(_ new: Secret, _ key: String, replacing: Data?) async throws -> Bool { false }
    }

    private struct NoClock: WallClock {
        var now: Date { .distantPast }
        func sleep(until instant: Date) async throws {}
    }
}

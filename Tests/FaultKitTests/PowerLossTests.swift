import Foundation
import Testing

@testable import FaultKit

@Suite("Power loss")
struct PowerLossTests {
    /// Where the images of a run contradict what it said.
    private func failures(_ run: FaultRun, check: (DiskTree, _ said: String) -> String?) async throws -> [String] {
        let start = try DiskTree(reading: run.prefixes)
        let outcome = try await run.run()
        #expect(outcome.ending == .exited(0), "\(outcome.errors)")
        let images = PowerLoss(in: outcome.trace, startingFrom: start).images()
        #expect(images.count > 10)
        return images.compactMap { image in
            let output = outcome.trace.calls(endedBy: image.tick).filter { $0.name == .output }
            let said = String(decoding: output.flatMap(\.data), as: UTF8.self)
            return check(image.tree, said).map { "\($0): \(image.summary)" }
        }
    }

    /// The key is whole, private to its owner and group, and there once the program said so.
    private func keyProblem(_ tree: DiskTree, _ directory: String, _ said: String) -> String? {
        switch tree.nodes[directory + "/out/key.pem"] {
        case .file(let bytes, let mode):
            if bytes != Array("private key\n".utf8) { return "a key of \(bytes.count) bytes" }
            return mode == 0o640 ? nil : "a key with mode \(String(mode, radix: 8))"
        case .none: return said == "published\n" ? "no key" : nil
        default: return "no file"
        }
    }

    @Test("a publication done as it should be survives any; each that leaves out a sync is caught")
    func publish() async throws {
        let program = try await CProgram("publish")
        let defects = [
            nil, "file-not-synced", "mode-not-synced", "directory-not-synced", "weakly-synced",
        ]
        for defect in defects {
            try await withScratch { directory in
                let found = try await failures(publication(program, directory, defect: defect)) { tree, said in
                    keyProblem(tree, directory, said)
                }
                #expect(found.isEmpty == (defect == nil), "\(defect ?? "correct"): \(found)")
            }
        }
    }

    @Test("a switched set is whole and one version at any time; each that leaves out a sync is caught")
    func switchSet() async throws {
        let program = try await CProgram("switch")
        for defect in [nil, "file-not-synced", "set-not-synced", "versions-not-synced", "link-not-synced"] {
            try await withScratch { directory in
                let found = try await failures(switching(program, directory, defect: defect)) { tree, said in
                    guard case .link(let target) = tree.nodes[directory + "/live"] else {
                        return said.isEmpty ? nil : "no link"
                    }
                    let version = String(target.split(separator: "/").last ?? "")
                    let promised = said.split(separator: "\n").last.map(String.init) ?? ""
                    if version < promised { return "version \(version) after \(promised) was promised" }
                    for name in ["key", "chain"] {
                        let file = tree.nodes["\(directory)/\(target)/\(name)"]
                        if file != .file(Array(version.utf8), mode: 0o600) {
                            return "\(name) of \(version) is not whole"
                        }
                    }
                    return nil
                }
                #expect(found.isEmpty == (defect == nil), "\(defect ?? "correct"): \(found)")
            }
        }
    }

    @Test("an image with nothing lost is what the run left, and is written as it is")
    func lastImage() async throws {
        let program = try await CProgram("spellings")
        try await withScratch { directory in
            let run = FaultRun(program.path, [directory], prefixes: [directory], keepsContents: true)
            let start = try DiskTree(reading: [directory])
            let trace = try await run.run().trace
            let left = try DiskTree(reading: [directory])
            let images = PowerLoss(in: trace, startingFrom: start).images(limit: 10_000)
            let whole = images.filter { $0.tree.nodes[directory + "/a"] != nil }.map { image in
                image.tree.nodes.filter { $0.key.hasPrefix(directory + "/") }
            }
            #expect(whole.contains(left.nodes.filter { $0.key != directory }))

            let place = directory + "/copy"
            try left.write(directory, to: place)
            let copy = try DiskTree(reading: [place])
            let moved = copy.nodes.map { (directory + $0.key.dropFirst(place.count), $0.value) }
            #expect(Dictionary(uniqueKeysWithValues: moved) == left.nodes)
        }
    }

    @Test("a limit is kept, a seed chooses the same again, and no two images are equal")
    func selection() async throws {
        let program = try await CProgram("threads")
        try await withScratch { directory in
            let run = FaultRun(program.path, [directory, "4", "8"], prefixes: [directory], keepsContents: true)
            let start = try DiskTree(reading: [directory])
            let loss = PowerLoss(in: try await run.run().trace, startingFrom: start)
            let images = loss.images(limit: 100, seed: 7)
            #expect((50...100).contains(images.count))
            #expect(Set(images.map(\.tree)).count == images.count)
            #expect(images.map(\.tree) == loss.images(limit: 100, seed: 7).map(\.tree))
            #expect(images.map(\.tree) != loss.images(limit: 100, seed: 8).map(\.tree))
            #expect(loss.images(limit: 1000).count > 200)
        }
    }

    // MARK: The model

    /// What can be there when the power goes after the last of these calls.
    private func ends(_ calls: [TracedCall], from start: [String: DiskTree.Node] = [:]) -> [DiskTree] {
        var nodes = start
        nodes["/d"] = .directory(mode: 0o755)
        let trace = Trace(calls: calls, isComplete: true)
        let images = PowerLoss(in: trace, startingFrom: DiskTree(nodes: nodes)).images(limit: 1000)
        return images.filter { $0.tick == .max }.map(\.tree)
    }

    private func ends(_ calls: [TracedCall], of path: String) -> Set<DiskTree.Node?> {
        Set(ends(calls).map { $0.nodes[path] })
    }

    private let empty = DiskTree.Node.file([], mode: 0o600)
    private let full = DiskTree.Node.file([1], mode: 0o600)

    @Test("a file's sync keeps its bytes and not its name; a directory's sync the name and not the bytes")
    func nameAndBytes() {
        let make = [TracedCall.made(1, .open, "/d/f", created: true), .made(3, .write, "/d/f", result: 1)]
        let directory = TracedCall.made(7, .fsync, "/d", mode: 0o40755)
        #expect(ends(make, of: "/d/f") == [nil, empty, full])
        #expect(ends(make + [.made(5, .fsync, "/d/f")], of: "/d/f") == [nil, full])
        #expect(ends(make + [directory], of: "/d/f") == [empty, full])
        #expect(ends(make + [.made(5, .fdatasync, "/d/f"), directory], of: "/d/f") == [full])
    }

    @Test("a rename never loses both names, across directories too, and is settled by the new name's directory")
    func renames() {
        let start: [String: DiskTree.Node] = [
            "/e": .directory(mode: 0o755), "/d/old": full, "/e/new": .file([2], mode: 0o600),
        ]
        func names(_ tree: DiskTree) -> [DiskTree.Node?] { [tree.nodes["/d/old"], tree.nodes["/e/new"]] }
        let renamed = TracedCall.moved(1, from: "/d/old", to: "/e/new")
        let either: Set<[DiskTree.Node?]> = [[full, .file([2], mode: 0o600)], [nil, full]]
        #expect(Set(ends([renamed], from: start).map(names)) == either)
        let wrongSync = TracedCall.made(3, .fsync, "/d", mode: 0o40755)
        #expect(Set(ends([renamed, wrongSync], from: start).map(names)) == either)
        let rightSync = TracedCall.made(3, .fsync, "/e", mode: 0o40755)
        #expect(Set(ends([renamed, rightSync], from: start).map(names)) == [[nil, full]])
    }

    @Test("a write that ends after a sync began is not covered by it")
    func concurrentSync() {
        let calls = [
            TracedCall.made(1, .open, "/d/f", created: true), .made(3, .fsync, "/d", mode: 0o40755),
            .made(5, .write, "/d/f", until: 8, result: 1), .made(6, .fsync, "/d/f", until: 9),
        ]
        #expect(ends(calls, of: "/d/f") == [empty, full])
    }

    @Test("what a failed sync should have saved no later sync saves, unless it is written again")
    func failedSync() {
        let begun = [
            TracedCall.made(1, .open, "/d/f", created: true), .made(3, .fsync, "/d", mode: 0o40755),
            .made(5, .write, "/d/f", result: 1), .made(7, .fsync, "/d/f", result: -1),
        ]
        #expect(ends(begun + [.made(9, .fsync, "/d/f")], of: "/d/f") == [empty, full])
        let careful = begun + [TracedCall.made(9, .write, "/d/f", result: 1), .made(11, .fsync, "/d/f")]
        #expect(ends(careful, of: "/d/f") == [full])
    }

    @Test("a mode changed after the sync, or before an fdatasync, can be lost")
    func modes() {
        let make = [TracedCall.made(1, .open, "/d/f", created: true), .made(3, .fsync, "/d", mode: 0o40755)]
        let chmod = TracedCall.made(5, .chmod, "/d/f", mode: 0o640)
        let open = DiskTree.Node.file([], mode: 0o640)
        #expect(ends(make + [chmod], of: "/d/f") == [empty, open])
        #expect(ends(make + [chmod, .made(7, .fdatasync, "/d/f")], of: "/d/f") == [empty, open])
        #expect(ends(make + [chmod, .made(7, .fsync, "/d/f")], of: "/d/f") == [open])
    }
}

extension TracedCall {
    static func moved(_ tick: UInt64, from: String, to path: String) -> TracedCall {
        TracedCall(
            begin: tick, end: tick + 1, number: Int(tick), thread: 1, name: .rename, path: path, role: "file",
            second: from, secondRole: "file", result: 0, error: 0, offset: nil, length: 0, flags: 0, mode: 0o600,
            identity: nil, created: false, isNameless: false, possibleHarm: [], harm: nil, data: [])
    }
}

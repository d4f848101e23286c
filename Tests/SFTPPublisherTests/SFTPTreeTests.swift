import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import SFTPPublisher

@Suite("File layouts, broken at every call, over SFTP")
struct SFTPTreeTests {
    /// The layouts themselves are broken from every start over other trees: here it is about this tree.
    static let worlds: [(FileOptions.Layout, FileContract.Start)] = [(.versioned, .published), (.flat, .foreign)]

    /// Hundreds of small publications over one session, each to a directory of its own.
    private func withContract(
        _ layout: FileOptions.Layout, _ body: @Sendable (FileContract) async throws -> Void
    ) async throws {
        var settings = Sshd.Settings()
        // What is repeated so often need not wait for a disk's syncs.
        settings.before = #"mount -t tmpfs -o mode=0777 tmpfs "$1/data""#
        try await Bench.with(settings) { bench in
            let target = try bench.target
            try await bench.pool.withSession(with: target.destination) { session in
                let base = bench.sshd.data.path
                let contract = FileContract(SampleSet.options(layout, in: base)) {
                    let root = "\(base)/\(UUID().uuidString)"
                    let tree = SFTPTree(
                        root: root, manner: target.manner, session: session,
                        destination: target.destination)
                    return .init(tree: tree) {
                        // Nothing that the dead run knew of is known any more.
                        let next = SFTPTree(
                            root: root, manner: target.manner, session: session, destination: target.destination)
                        return [.init(tree: next) { [] }]
                    }
                }
                try await body(contract)
            }
        }
    }

    @Test(
        "a publication that broke anywhere goes on, can be undone, superseded and swept", arguments: worlds,
        [FileContract.Sequel.publishAgain, .rollBack, .supersedeAndSweep])
    func publication(world: (FileOptions.Layout, FileContract.Start), sequel: FileContract.Sequel) async throws {
        try await withContract(world.0) { contract in
            let checked = try await contract.publicationSurvives(from: world.1, then: sequel)
            #expect(checked > 20)
        }
    }

    @Test(
        "a rollback that broke anywhere is done by rolling back again, or superseded", arguments: worlds,
        [FileContract.Sequel.rollBack, .supersede])
    func rollback(world: (FileOptions.Layout, FileContract.Start), sequel: FileContract.Sequel) async throws {
        try await withContract(world.0) { contract in
            let checked = try await contract.rollbackSurvives(from: world.1, then: sequel)
            #expect(checked > 5)
        }
    }

    @Test("a sweep that broke anywhere takes nothing that readers see", arguments: worlds)
    func sweep(layout: FileOptions.Layout, start: FileContract.Start) async throws {
        try await withContract(layout) { contract in
            let checked = try await contract.sweepSurvives(from: start)
            #expect(checked > 10)
        }
    }
}

import FileContract
import Foundation
import PluginKit
import Testing

@testable import FilesystemPublisher

@Suite("File layouts, broken at every call, on this machine's files")
struct POSIXFileTreeTests {
    static let worlds: [(FileOptions.Layout, FileContract.Start)] = FileOptions.Layout.allCases.flatMap { layout in
        [FileContract.Start.foreign, .published].map { (layout, $0) }
    }

    private func withContract(_ layout: FileOptions.Layout, _ body: (FileContract) async throws -> Void) async throws {
        try await withQuickDirectory { directory in
            let contract = FileContract(SampleSet.options(layout, in: directory)) {
                let tree = POSIXFileTree(root: "\(directory)/\(UUID().uuidString)", trust: Trust())
                return .init(tree: tree) { [.init(tree: tree) { [] }] }
            }
            try await body(contract)
        }
    }

    @Test(
        "a publication that broke anywhere goes on, can be undone, superseded and swept",
        arguments: worlds,
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

import FileContract
import PluginKit
import Testing

@Suite("File layouts, broken at every call, in memory")
struct FileLayoutTests {
    static let worlds: [(FileOptions.Layout, FileContract.Start)] = FileOptions.Layout.allCases.flatMap { layout in
        FileContract.Start.allCases.map { (layout, $0) }
    }

    private func contract(_ layout: FileOptions.Layout) -> FileContract {
        FileContract(SampleSet.options(layout, in: "/memory")) { MemoryTree().world }
    }

    @Test(
        "a publication that broke anywhere goes on, can be undone, superseded and swept",
        arguments: worlds, FileContract.Sequel.allCases)
    func publication(world: (FileOptions.Layout, FileContract.Start), sequel: FileContract.Sequel) async throws {
        #expect(try await contract(world.0).publicationSurvives(from: world.1, then: sequel) > 20)
    }

    @Test(
        "a rollback that broke anywhere is done by rolling back again, or superseded", arguments: worlds,
        [FileContract.Sequel.rollBack, .supersede])
    func rollback(world: (FileOptions.Layout, FileContract.Start), sequel: FileContract.Sequel) async throws {
        #expect(try await contract(world.0).rollbackSurvives(from: world.1, then: sequel) > 5)
    }

    @Test("a sweep that broke anywhere takes nothing that readers see", arguments: worlds)
    func sweep(layout: FileOptions.Layout, start: FileContract.Start) async throws {
        #expect(try await contract(layout).sweepSurvives(from: start) > 10)
    }
}

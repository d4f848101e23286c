import Foundation
import PluginKit

/// What every layout promises over every tree, checked by breaking it at each of its calls.
public struct FileContract: Sendable {
    public struct Violation: Error, CustomStringConvertible {
        public var description: String
    }

    /// One directory to publish to.
    public struct World: Sendable {
        public var tree: any FileTree
        /// Whether the end of the run took nothing that was done before it.
        public var isWhole: Bool
        /// What may be left when a run ends here: at least the tree as it is.
        public var remains: @Sendable () -> [World]

        public init(tree: any FileTree, isWhole: Bool = true, remains: @escaping @Sendable () -> [World]) {
            self.tree = tree
            self.isWhole = isWhole
            self.remains = remains
        }
    }

    /// What is there before the run that breaks.
    public enum Start: Sendable, CaseIterable {
        case nothing
        /// Files of the same names that certflow did not write; for `versioned` they lie beside.
        case foreign
        case published

        /// The number of the set that readers see; nil for none.
        fileprivate func visible(_ layout: FileOptions.Layout) -> Int? {
            switch (self, layout) {
            case (.nothing, _), (.foreign, .versioned): nil
            case (.foreign, .flat): 0
            case (.published, _): 1
            }
        }
    }

    /// What is done after the run broke.
    public enum Sequel: Sendable, CaseIterable {
        case publishAgain, rollBack, supersede, supersedeAndSweep, sweep
    }

    private let options: FileOptions
    private let makeWorld: @Sendable () async throws -> World

    public init(_ options: FileOptions, _ makeWorld: @escaping @Sendable () async throws -> World) {
        self.options = options
        self.makeWorld = makeWorld
    }

    /// Breaks a publication at every call, in every manner, and goes on with `sequel`.
    /// - Returns: how many broken runs were checked.
    public func publicationSurvives(from start: Start, then sequel: Sequel) async throws -> Int {
        var checked = 0
        for manner in Breakage.Manner.allCases {
            for place in 1... {
                let world = try await begin(start)
                let breakage = Breakage(at: place, manner)
                let journal = MemoryJournal(breakage)
                let layout = layout(observed(world.tree, breakage))
                let context = "\(options.layout) from \(start), \(manner) at \(place), then \(sequel)"
                do {
                    _ = try await layout.publish(SampleSet.delivery(2), journal)
                    guard breakage.happened else { break }  // every call was broken once
                } catch is Breakage.Crash {
                } catch let failure as PluginFailure where failure.code == "test.broken" {}
                for world in world.remains() {
                    do {
                        try await go(on: sequel, world, journal.newest, start)
                    } catch {
                        throw Violation(description: "\(context), after \(breakage.trace.last ?? "nothing"): \(error)")
                    }
                    checked += 1
                }
            }
        }
        return checked
    }

    /// Breaks a rollback at every call, and rolls back again or publishes something else.
    public func rollbackSurvives(from start: Start, then sequel: Sequel) async throws -> Int {
        try await breaking(start) { tree, breakage, handle in
            _ = try await layout(observed(tree, breakage)).rollback(
                SampleSet.delivery(2), to: handle, MemoryJournal(breakage))
        } then: { world, handle in
            try await go(on: sequel, world, handle, start)
        }
    }

    /// Breaks a sweep at every call and sweeps again; what readers see never changes.
    public func sweepSurvives(from start: Start) async throws -> Int {
        var sparing = options
        sparing.keep = 0
        let swept = FileContract(sparing, makeWorld)
        return try await swept.breaking(start) { tree, breakage, _ in
            for number in 3...5 { try await swept.publishOnce(number, tree) }
            try await swept.layout(swept.observed(tree, breakage)).sweep(SampleSet.delivery(5), keeping: [])
        } then: { world, _ in
            let tree = world.tree
            try await swept.expect(5, tree)
            try await swept.layout(tree).sweep(SampleSet.delivery(5), keeping: [])
            try await swept.expect(5, tree)
            try await swept.expectSets(1, tree)
            for remaining in world.remains() { try await swept.expectSets(1, remaining.tree) }
            try await swept.publishOnce(6, tree)
        }
    }

    // MARK: Steps

    public func layout(_ tree: any FileTree) -> FileLayout { FileLayout(options, tree: tree) }

    /// The number of the one whole set that readers see; nil where they see nothing.
    public func visible(_ tree: any FileTree) async throws -> Int? {
        var numbers: Set<Int?> = []
        guard let directory = try await readersDirectory(tree) else { return nil }
        for file in options.files {
            let path = directory.isEmpty ? file.name : "\(directory)/\(file.name)"
            guard let bytes = try await tree.read(path, limit: 1 << 20) else {
                numbers.insert(nil)
                continue
            }
            guard let number = SampleSet.number(of: bytes) else { throw Violation(description: "\(path) is not whole") }
            numbers.insert(number)
        }
        guard numbers.count == 1, let number = numbers.first else {
            throw Violation(description: "files of several sets: \(numbers)")
        }
        return number
    }

    private func readersDirectory(_ tree: any FileTree) async throws -> String? {
        guard options.layout == .versioned else { return "" }
        switch try await tree.kind(of: "live") {
        case nil: return nil
        case .link(let destination): return destination
        default: throw Violation(description: "live is no link")
        }
    }

    private func begin(_ start: Start) async throws -> World {
        let world = try await makeWorld()
        switch start {
        case .nothing: break
        case .foreign:
            _ = try await world.tree.makeDirectory("", mode: 0o755)
            let foreign = SampleSet.delivery(0)
            try await world.tree.write(
                options.files.map { file in
                    NewFile(file.name, foreign.artifacts[file.artifact].bytes, FileAttributes(mode: 0o640))
                })
            try await world.tree.synchronize("")
        case .published: try await publishOnce(1, world.tree)
        }
        return world
    }

    private func publishOnce(_ number: Int, _ tree: any FileTree) async throws {
        let receipt = try await layout(tree).publish(SampleSet.delivery(number), MemoryJournal())
        guard receipt.effect == .changed else { throw Violation(description: "\(number) was not published") }
        try await expect(number, tree)
    }

    private func expect(_ number: Int?, _ tree: any FileTree) async throws {
        let found = try await visible(tree)
        guard found == number else {
            throw Violation(description: "set \(found.map(String.init) ?? "none") where \(number ?? -1) should be")
        }
    }

    /// Done means durable: nothing that a power cut may take.
    private func expectDurably(_ number: Int?, _ world: World) async throws {
        try await expect(number, world.tree)
        for remaining in world.remains() { try await expect(number, remaining.tree) }
    }

    private func expectSets(_ count: Int, _ tree: any FileTree) async throws {
        let store = options.layout == .versioned ? "versions" : ".certflow/\(options.files[0].name)"
        let names = try await tree.names(in: store) ?? []
        let sets = names.filter { $0 != "state" }
        guard sets.count == count else { throw Violation(description: "\(sets) are left") }
        let beside = try await tree.names(in: "") ?? []
        guard !beside.contains(where: { $0.hasPrefix(".certflow-") }) else {
            throw Violation(description: "new files are left: \(beside)")
        }
    }

    /// A reader looks after every change: with `versioned` it always sees one whole set, with `flat` whole files.
    private func observed(_ tree: any FileTree, _ breakage: Breakage) -> BreakingTree {
        BreakingTree(tree, breakage) {
            guard options.layout == .flat else {
                _ = try await visible(tree)
                return
            }
            for file in options.files {
                guard let bytes = try await tree.read(file.name, limit: 1 << 20) else { continue }
                guard SampleSet.number(of: bytes) != nil else {
                    throw Violation(description: "\(file.name) is not whole")
                }
            }
        }
    }

    private func go(on sequel: Sequel, _ world: World, _ recorded: Handle?, _ start: Start) async throws {
        let before = start.visible(options.layout)
        let again = SampleSet.delivery(2, resuming: recorded, salt: "b")
        let layout = layout(world.tree)
        switch sequel {
        case .publishAgain:
            let handle = try handle(of: try await layout.publish(again, MemoryJournal()))
            try await expectDurably(2, world)
            guard try await layout.publish(again, MemoryJournal()).effect == .unchanged else {
                throw Violation(description: "published a third time")
            }
            _ = try await layout.rollback(again, to: handle, MemoryJournal())
            try await expectDurably(before, world)
            guard try await layout.rollback(again, to: handle, MemoryJournal()).effect == .unchanged else {
                throw Violation(description: "rolled back twice")
            }
            try await publishOnce(2, world.tree)
        case .rollBack:
            guard let recorded else { return }
            _ = try await layout.rollback(again, to: recorded, MemoryJournal())
            try await expectDurably(before, world)
            try await publishOnce(2, world.tree)
        case .supersede:
            let next = SampleSet.delivery(3)
            let handle = try handle(of: try await layout.publish(next, MemoryJournal()))
            try await expectDurably(3, world)
            _ = try await layout.rollback(next, to: handle, MemoryJournal())
            let restored = try await visible(world.tree)
            guard restored == before || restored == 2 else {
                throw Violation(description: "rolled back to \(restored ?? -1)")
            }
        case .supersedeAndSweep:
            _ = try await layout.publish(SampleSet.delivery(3), MemoryJournal())
            var sparing = options
            sparing.keep = 0
            try await FileLayout(sparing, tree: world.tree).sweep(SampleSet.delivery(3), keeping: [])
            try await expect(3, world.tree)
            // A power cut may take the record of a set and leave other files of it, which nobody can claim then.
            if world.isWhole { try await expectSets(1, world.tree) }
        case .sweep:
            let seen = try? await visible(world.tree)
            try await layout.sweep(again, keeping: recorded.map { [$0] } ?? [])
            if let seen { try await expect(seen, world.tree) }
            let handle = try handle(of: try await layout.publish(again, MemoryJournal()))
            try await expect(2, world.tree)
            _ = try await layout.rollback(again, to: handle, MemoryJournal())
            try await expect(before, world.tree)
        }
    }

    private func handle(of receipt: Receipt) throws -> Handle {
        guard let handle = receipt.handle else { throw Violation(description: "no handle") }
        return handle
    }

    private func breaking(
        _ start: Start, _ run: (any FileTree, Breakage, Handle) async throws -> Void,
        then: (World, Handle) async throws -> Void
    ) async throws -> Int {
        var checked = 0
        for manner in Breakage.Manner.allCases {
            for place in 1... {
                let world = try await begin(start)
                let handle = try handle(
                    of: try await layout(world.tree).publish(SampleSet.delivery(2), MemoryJournal()))
                let breakage = Breakage(at: place, manner)
                do {
                    try await run(world.tree, breakage, handle)
                    guard breakage.happened else { break }
                } catch is Breakage.Crash {
                } catch let failure as PluginFailure where failure.code == "test.broken" {}
                for world in world.remains() {
                    do {
                        try await then(world, handle)
                    } catch {
                        throw Violation(
                            description: "\(options.layout) from \(start), \(manner) at \(place), after "
                                + "\(breakage.trace.last ?? "nothing"): \(error)")
                    }
                    checked += 1
                }
            }
        }
        return checked
    }
}

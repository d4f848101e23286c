import Foundation
import Testing

@Suite("the arrows between modules")
struct ArrowTests {
    @Test("every module of the manifest depends on what its arrows allow, and on no module without an arrow")
    func manifest() async throws {
        let manifest = try await Manifest.read()
        #expect(Set(manifest.modules.map(\.name)) == Set(Arrows.ours.keys))
        for module in manifest.modules {
            for dependency in module.dependencies.map(\.name) {
                if Arrows.ours[dependency] != nil || manifest.targets.contains(where: { $0.name == dependency }) {
                    #expect(Arrows.ours[module.name]?.contains(dependency) == true, "\(module.name) -> \(dependency)")
                } else {
                    #expect(Arrows.owners[dependency]?.contains(module.name) == true, "\(module.name) -> \(dependency)")
                }
            }
        }
    }

    @Test("every import is of the platform, of a module that an arrow leads to, or of a package of its one owner")
    func imports() async throws {
        let manifest = try await Manifest.read()
        var count = 0
        for module in manifest.modules {
            let declared = Set(module.dependencies.map(\.name))
            for source in try Checkout.sources(in: module.folder) {
                for name in source.imports where !Arrows.platform.contains(name) {
                    count += 1
                    #expect(declared.contains(name), "\(source.path) imports \(name), undeclared by its target")
                    let isAllowed =
                        Arrows.ours[module.name]?.contains(name) == true
                        || Arrows.owners[name]?.contains(module.name) == true
                    #expect(isAllowed, "\(source.path) imports \(name)")
                }
            }
        }
        #expect(count > 300)
    }

    @Test("a module of tests or tools is never imported by the product")
    func noTestsInTheProduct() async throws {
        let manifest = try await Manifest.read()
        let outside = manifest.targets.filter { !$0.folder.hasPrefix("Sources/") && !$0.folder.hasPrefix("Plugins/") }
        for module in manifest.modules {
            #expect(Set(module.dependencies.map(\.name)).isDisjoint(with: outside.map(\.name)), "\(module.name)")
        }
    }
}

@Suite("what a seed can replay")
struct DeterminismTests {
    /// Clock, entropy and executor come in from outside.
    private static let forbidden = [
        "Date()", "Date.now", "Task.sleep", "Task.detached", " Task {", " Task(", "DispatchQueue", "DispatchSemaphore",
        "SystemRandomNumberGenerator", "ContinuousClock", "SuspendingClock", "UUID()", "arc4random",
    ]

    @Test(
        "runner and automation take no time, no chance and no executor of their own",
        arguments: ["Runner", "Automation"])
    func noOutsideSources(module: String) throws {
        let sources = try Checkout.sources(in: "Sources/\(module)")
        #expect(sources.count > 20)
        for source in sources {
            for line in source.code {
                for word in Self.forbidden where line.text.contains(word) {
                    Issue.record("\(source.path):\(line.number) uses \(word)")
                }
                if line.text.contains(".random("), !line.text.contains("using:") {
                    Issue.record("\(source.path):\(line.number) draws from the system's generator")
                }
            }
        }
    }
}

@Suite("files")
struct FileTests {
    @Test("no source file is longer than 400 lines, or named for nothing in particular")
    func sizes() throws {
        for folder in ["Sources", "Plugins", "Tests", "Benchmarks"] {
            for source in try Checkout.sources(in: folder) {
                #expect(source.lines.count <= 401, "\(source.path)")
                let name = source.path.split(separator: "/").last ?? ""
                for word in ["Utils", "Helper", "Manager"] { #expect(!name.contains(word), "\(source.path)") }
            }
        }
    }

    @Test("no traps in the product: nothing is forced, and nothing from outside ends the process")
    func traps() throws {
        for folder in ["Sources", "Plugins"] {
            for source in try Checkout.sources(in: folder) {
                for line in source.code {
                    for word in ["try!", "fatalError(", "as! ", "preconditionFailure("] where line.text.contains(word) {
                        Issue.record("\(source.path):\(line.number) has \(word)")
                    }
                }
            }
        }
    }
}

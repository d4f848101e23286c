import Foundation
import Testing

@testable import FaultKit

@Suite("The fault matrix")
struct FaultMatrixTests {
    private struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    /// The publication of `publish.c`, whose key must be whole whenever it is there, and there when it was announced.
    private func matrix(_ program: CProgram, defect: String? = nil, rules: [TraceRule] = []) -> FaultMatrix {
        FaultMatrix(rules: rules) { scene in
            publication(program, scene.directory, defect: defect)
        } check: { scene, outcome in
            let key = text(scene.directory + "/out/key.pem")
            if let key, key != "private key\n" { throw Wrong(description: "the key reads '\(key)'") }
            let said = outcome.output == "published\n"
            if said && key == nil { throw Wrong(description: "published, and no key") }
            if let journal = text(scene.directory + "/journal"), journal.contains("done"), key == nil {
                throw Wrong(description: "recorded, and no key")
            }
        }
    }

    @Test("kills before and after every call, and meets every label")
    func kills() async throws {
        let report = try await matrix(CProgram("publish")).kills()
        #expect(report.failures.isEmpty, "\(report)")
        #expect(report.coverage == 1, "\(report)")
        #expect(report.harmedRuns == 2 * report.countedCalls)
        #expect(report.runs == 2 * report.countedCalls + 3, "one to learn, two to see the end")
        #expect(report.goals.contains(.init(label: "rename temporary>key", kind: .killAfter)))
    }

    @Test("thins out calls that are alike, takes all others, and meets every label")
    func thinned() async throws {
        let all = try await matrix(CProgram("publish")).kills()
        let report = try await matrix(CProgram("publish")).kills(every: 1000) { $0.name == .write }
        #expect(report.failures.isEmpty && report.coverage == 1, "\(report)")
        #expect(report.goals == all.goals)
        #expect(report.harmedRuns < all.harmedRuns)
        let errors = try await matrix(CProgram("publish")).errors(every: 1000) { $0.name == .write }
        #expect(errors.failures.isEmpty && errors.coverage == 1, "\(errors)")
    }

    @Test("finds what a wrong program leaves behind, by rule and by check, and names the call")
    func findings() async throws {
        let program = try await CProgram("publish")
        let ends = TraceRule("comes to its end") { $0.isComplete ? [] : [("it does not", [])] }
        let byRule = try await matrix(program, rules: [ends]).kills()
        #expect(byRule.failures.count == byRule.harmedRuns && byRule.harmedRuns == 2 * byRule.countedCalls)
        #expect(byRule.failures.allSatisfy { $0.text == "comes to its end: it does not" && $0.harmed != nil })

        let strict = FaultMatrix { scene in
            publication(program, scene.directory)
        } check: { scene, _ in
            if text(scene.directory + "/out/.key-0815") != nil { throw Wrong(description: "litter") }
        }
        let byCheck = try await strict.kills()
        #expect(byCheck.failures.contains { $0.harmed?.label == "fsync temporary" })
        #expect(byCheck.failures.allSatisfy { $0.text == "litter" && $0.fault != nil })
    }

    @Test("harms nothing where the unharmed run is wrong already")
    func wrongFromTheStart() async throws {
        let rules = [TraceRule.bornPrivate(roles: ["temporary"])]
        let wrong = try await matrix(CProgram("publish"), defect: "born-open", rules: rules)
        for report in [try await wrong.kills(), try await wrong.errors(), try await wrong.randomKills(5, seed: 1)] {
            #expect(report.runs == 1 && report.failures.count == 1)
            #expect(report.failures.first?.fault == nil)
        }
    }

    @Test("meets every label by name where the numbers of many threads shift")
    func threads() async throws {
        let program = try await CProgram("threads")
        let matrix = FaultMatrix { scene in
            FaultRun(
                program.path, [scene.directory, "6", "2"], prefixes: [scene.directory],
                roles: (0..<6).map { PathRole("thread-\($0)", ".new-\($0)-*") }
                    + (0..<6).map { PathRole("file-\($0)", "file-\($0)") })
        } check: { scene, _ in
            for index in 0..<6 {
                let file = text("\(scene.directory)/file-\(index)")
                if let file, file != "file-" { throw Wrong(description: "file \(index) reads '\(file)'") }
            }
        }
        let report = try await matrix.kills(every: 16)
        #expect(report.failures.isEmpty && report.coverage == 1, "\(report)")
        #expect(report.goals.count == 6 * 4 * 2)
    }

    @Test("random kills are as many as asked, all of them met, the same for the same seed")
    func randomKills() async throws {
        let program = try await CProgram("publish")
        let report = try await matrix(program).randomKills(30, seed: 3)
        #expect(report.runs == 31 && report.harmedRuns == 30)
        #expect(report.failures.isEmpty, "\(report)")
        #expect(report.met == (try await matrix(program).randomKills(30, seed: 3)).met)
    }

    @Test("fails every call that each error can meet, once and from then on")
    func errors() async throws {
        let report = try await matrix(CProgram("publish")).errors()
        #expect(report.failures.isEmpty, "\(report)")
        #expect(report.coverage == 1, "\(report)")
        #expect(Set(report.goals.map(\.kind)) == Set(Fault.Kind.errors))
        #expect(!report.goals.contains(.init(label: "fsync temporary", kind: .short)))
        #expect(report.goals.contains(.init(label: "fsync temporary", kind: .noSpace)))
    }

    @Test("reports what cannot be met, and a run that hangs")
    func shortcomings() async throws {
        var report = FaultReport()
        report.goals = [.init(label: "fsync wal", kind: .killBefore), .init(label: "fsync wal", kind: .killAfter)]
        report.met = [.init(label: "fsync wal", kind: .killAfter)]
        #expect(report.coverage == 0.5)
        #expect(report.description.contains("missed: kill-before at 'fsync wal'"))

        let hanging = FaultMatrix { scene in
            FaultRun("/bin/sleep", ["1000"], prefixes: [scene.directory], timeout: .milliseconds(50))
        } check: { _, _ in
        }
        let found = try await hanging.randomKills(1, seed: 1)
        #expect(found.failures.count == 1 && found.failures[0].fault == nil)
    }
}

import Foundation
import Testing

@testable import FaultKit

@Suite("SQLite under faults")
struct SQLiteTests {
    private struct Wrong: Error, CustomStringConvertible {
        let description: String
    }

    static let roles = [
        PathRole("shm", "*.db-shm"), PathRole("wal", "*.db-wal"), PathRole("journal", "*.db-journal"),
        PathRole("database", "*.db"), PathRole("directory", "faults-*"),
    ]

    /// Opens the database at `path` with the checker and gives its rows; throws where it is not sound. May add a row.
    private static func rows(_ checker: CProgram, _ path: String, adding: Bool = false) async throws -> Int {
        try await withScratch { scratch in
            let child = ChildProcess(
                program: checker.path, arguments: [path] + (adding ? ["1", "checked"] : []), environment: [:],
                workingDirectory: nil, input: "", scratch: scratch)
            let result = try await child.run(timeout: .seconds(30))
            let words = result.output.split(whereSeparator: \.isWhitespace)
            guard result.ending == .exited(0), words.first == "ok",
                let rows = words.dropFirst().first.flatMap({ Int($0) })
            else {
                throw Wrong(description: "the database is not sound: \(result.output) \(result.errors)")
            }
            guard !adding || words.last == "\(rows + 1)" else {
                throw Wrong(description: "it does not go on after \(rows) rows: \(result.output)")
            }
            return rows
        }
    }

    private static func promised(_ output: String) -> Int {
        output.split(separator: "\n").last.flatMap { Int($0.dropFirst("committed ".count)) } ?? 0
    }

    private static func inserting(_ program: CProgram, _ directory: String, rows: Int) -> FaultRun {
        FaultRun(
            program.path, [directory + "/test.db", String(rows)], prefixes: [directory], roles: roles,
            keepsContents: true)
    }

    /// Sound, with all that was promised, at most one row more; and a later run goes on.
    private static func matrix(_ program: CProgram, rows: Int) -> FaultMatrix {
        FaultMatrix(rules: [.nothingUnseen(but: ["shm"])]) { scene in
            inserting(program, scene.directory, rows: rows)
        } check: { scene, outcome in
            let path = scene.directory + "/test.db"
            guard FileManager.default.fileExists(atPath: path) else { return }
            let promised = promised(outcome.output)
            let found = try await Self.rows(program, path, adding: true)
            guard (promised...(promised + 1)).contains(found) else {
                throw Wrong(description: "\(found) rows where \(promised) were committed")
            }
        }
    }

    @Test("a hundred commits killed before and after each call lose nothing that was committed")
    func kills() async throws {
        let program = try await CProgram("insert")
        let report = try await Self.matrix(program, rows: 100).kills()
        #expect(report.failures.isEmpty, "\(report)")
        #expect(report.coverage == 1, "\(report)")
        #expect(report.countedCalls > 400)
        for label in ["fdatasync wal", "fdatasync database", "fdatasync directory", "unlink wal", "write database"] {
            #expect(report.met.contains(.init(label: label, kind: .killBefore)), "\(label)")
        }
    }

    @Test("a full disk, a bad disk and short writes lose nothing that was committed")
    func errors() async throws {
        let report = try await Self.matrix(CProgram("insert"), rows: 15).errors()
        #expect(report.failures.isEmpty, "\(report)")
        #expect(report.coverage == 1, "\(report)")
    }

    @Test("the sqlite3 command survives kills at any call")
    func command() async throws {
        let checker = try await CProgram("insert")
        let table = "CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT);\n"
        let inserts = (1...10).map {
            "INSERT INTO t VALUES (\($0), substr('\(String(repeating: "row-\($0) ", count: 80))', 1, 300));\n"
        }
        let matrix = FaultMatrix { scene in
            FaultRun(
                "/usr/bin/sqlite3", ["-batch", scene.directory + "/test.db"],
                input: "PRAGMA journal_mode=WAL;\nPRAGMA synchronous=FULL;\n" + table + inserts.joined(),
                prefixes: [scene.directory], roles: Self.roles, keepsContents: true)
        } check: { scene, outcome in
            guard FileManager.default.fileExists(atPath: scene.directory + "/test.db") else { return }
            let commits = outcome.trace.commits(ofLog: "wal")
            let committed = (1...10).last { row in commits.contains { $0.mentions("row-\(row) ") } } ?? 0
            let found = try await Self.rows(checker, scene.directory + "/test.db")
            guard found >= committed else {
                throw Wrong(description: "\(found) rows where \(committed) were committed")
            }
        }
        let report = try await matrix.kills()
        #expect(report.failures.isEmpty && report.coverage == 1, "\(report)")
    }

    /// The images of a run that contradict what it had committed by then.
    private func failures(_ program: CProgram, _ trace: Trace, _ start: DiskTree, _ directory: String, limit: Int)
        async throws -> (images: Int, failures: [String])
    {
        let images = PowerLoss(in: trace, startingFrom: start, neverLosing: ["shm"]).images(limit: limit)
        var failures: [String] = []
        for image in images {
            try await withScratch { place in
                try image.tree.write(directory, to: place)
                let output = trace.calls(endedBy: image.tick).filter { $0.name == .output }.flatMap(\.data)
                let promised = Self.promised(String(decoding: output, as: UTF8.self))
                do {
                    let found = try await Self.rows(program, place + "/test.db")
                    if found < promised { failures.append("\(found) rows of \(promised): \(image.summary)") }
                } catch {
                    failures.append("\(error): \(image.summary)")
                }
            }
        }
        return (images.count, failures)
    }

    @Test("images of a power loss recover with all that was committed, and syncs taken away are missed")
    func powerLoss() async throws {
        let program = try await CProgram("insert")
        try await withScratch { directory in
            let start = try DiskTree(reading: [directory])
            let outcome = try await Self.inserting(program, directory, rows: 40).run()
            #expect(outcome.ending == .exited(0))
            let whole = try await failures(program, outcome.trace, start, directory, limit: 300)
            #expect(whole.failures.isEmpty, "\(whole.failures.joined(separator: "\n"))")
            #expect(whole.images > 200)

            let missedByNobody = try await outcome.trace.syncsNobodyMisses(rules: []) { trace in
                try await !failures(program, trace, start, directory, limit: 100).failures.isEmpty
            }
            #expect(outcome.trace.syncLabels.count == 4)
            // The rollback journal guards nothing but the first page of a database that is empty still.
            #expect(missedByNobody == ["fdatasync journal"])
        }
    }
}

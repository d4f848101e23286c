import FaultKit
import Foundation
import TestPeers

/// A home with a local authority, and directories it publishes to: prepared once, and put back for every run.
///
/// Publishing profiles and ledgers name absolute paths, so that every run of one stage works at the same place.
struct Stage: Sendable {
    /// Where all stands: `home` and `tls`.
    let root: String
    private let start: DiskTree

    static let certificate = "www.example.com"
    static let layouts = ["versioned", "flat"]
    /// Past two thirds of the local authority's 90 days: version 1 is due for renewal, and all else that is daily.
    static let renewalTime = Duration.seconds(62 * 86400)
    /// Long enough after a publication that its target is swept.
    static let sweepAfter = Duration.seconds(660)

    var home: String { "\(root)/home" }
    var flag: String { "\(root)/flag" }

    func directory(_ layout: String) -> String { "\(root)/tls/\(layout)" }

    /// Where readers find the files.
    func place(_ layout: String) -> String { directory(layout) + (layout == "flat" ? "" : "/live") }

    /// What a service has taken up at its last reload.
    func served(_ layout: String) -> String { "\(root)/served-\(layout).pem" }

    /// A service that takes up what is published when it is reloaded, and a proof.
    static let service = """
        reload: {command: [/usr/bin/cp, @place@/fullchain.pem, @served@], timeout: 20s}
        prove: {readBack: true}
        """

    /// Prepares one, by running the program.
    static func prepared(in root: String, _ prepare: (Stage) async throws -> Void) async throws -> Stage {
        try FileManager.default.createDirectory(atPath: "\(root)/tls", withIntermediateDirectories: true)
        let stage = Stage(root: root, start: try DiskTree(reading: []))
        try await prepare(stage)
        return Stage(root: root, start: try DiskTree(reading: [root]))
    }

    func hasService(_ layout: String) throws -> Bool {
        try String(contentsOfFile: "\(home)/profiles/publishing/\(layout).yaml", encoding: .utf8).contains("reload:")
    }

    /// As it was after it was prepared.
    func reset() throws { try start.write(root, to: root) }

    /// What power-loss images start from.
    var beginning: DiskTree { start }

    // MARK: Preparing

    /// A home and a flow that publishes; nothing issued.
    /// - Parameters:
    ///   - more: of the publishing profiles, after their options; with `@place@` and `@served@` for those of a layout.
    ///   - lifetime: of certificates, where it is not the default of 90 days.
    func makeFlow(
        layouts: [String] = Stage.layouts, profile more: String = "", lifetime: String? = nil
    ) async throws {
        let program = try program()
        try await program.succeed("init")
        if let lifetime {
            let file = "\(home)/profiles/issuing/local-authority.yaml"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try text.replacing("lifetime: 90d", with: "lifetime: \(lifetime)")
                .write(toFile: file, atomically: true, encoding: .utf8)
        }
        for layout in layouts { try writeProfile(layout, more) }
        try await program.succeed("apply", "-", input: Self.flow(layouts))
    }

    func makePublished(
        layouts: [String] = Stage.layouts, profile more: String = "", lifetime: String? = nil
    ) async throws {
        try await makeFlow(layouts: layouts, profile: more, lifetime: lifetime)
        try await program().succeed("run")
    }

    func writeProfile(_ layout: String, _ more: String) throws {
        let text = """
            profile: \(layout)
            publisher: filesystem
            with:
              directory: \(directory(layout))
              layout: \(layout)
              keep: 0
              files:
                - {name: fullchain.pem, content: fullchain}
                - {name: privkey.pem, content: privateKey}
                - {name: bundle.pem, content: bundle, mode: "0600"}
            \(more.replacing("@place@", with: place(layout)).replacing("@served@", with: served(layout)))
            """
        try text.write(toFile: "\(home)/profiles/publishing/\(layout).yaml", atomically: true, encoding: .utf8)
    }

    static func flow(
        _ layouts: [String], issuer: String = "local-authority", subjects: [String] = [certificate]
    ) -> String {
        """
        certificates:
          - name: \(certificate)
            subjects: [\(subjects.joined(separator: ", "))]
            issuer: \(issuer)
            flow:
              publication: {enabled: true, profiles: [\(layouts.joined(separator: ", "))]}
        """
    }

    // MARK: Running

    /// The program, its clock moved.
    func program(at offset: Duration = .zero) throws -> BuiltProgram {
        try BuiltProgram.moved(home: URL(filePath: home), by: offset)
    }

    /// One command under the interposer.
    func command(_ arguments: [String], at offset: Duration = .zero) throws -> FaultRun {
        var run = FaultRun(
            try BuiltProgram.path(), arguments,
            environment: ["CERTFLOW_HOME": home, "HOME": root, "TZ": "UTC", "PATH": "/usr/bin:/bin"],
            workingDirectory: root, prefixes: [root], roles: HomeRoles.all(root: root), sockets: .count,
            keepsContents: true)
        run.clockOffset = offset
        return run
    }

    /// What stands in the stage, with modes, and with one name for all sets. Left out is what SQLite keeps beside its
    /// database while that is open.
    func listing() throws -> [String] {
        try DiskTree(reading: [root]).modes.compactMap { path, mode in
            guard !path.hasSuffix(".db-wal"), !path.hasSuffix(".db-shm") else { return nil }
            let name = path.dropFirst(root.count)
                .replacing(/[0-9]{8}T[0-9]{6}Z-[0-9a-f]{16}(-[0-9]+)?/, with: "SET")
            return "\(name) \(String(mode, radix: 8))"
        }.sorted()
    }
}

extension BuiltProgram {
    /// The program on that home, its clock moved.
    /// - Parameter environment: what is set besides.
    static func moved(
        home: URL, by offset: Duration, environment: [String: String] = [:]
    ) throws -> BuiltProgram {
        guard offset != .zero else { return BuiltProgram(home: home, environment: environment) }
        return BuiltProgram(
            home: home,
            environment: environment.merging([
                "LD_PRELOAD": try FaultRun.library(), "FAULT_CLOCK": String(offset.components.seconds),
            ]) { $1 })
    }
}

/// Runs `body` with a stage that `prepare` made, and removes it afterwards.
func withStage(_ prepare: (Stage) async throws -> Void, _ body: (Stage) async throws -> Void) async throws {
    let scratch = try ScratchDirectory()
    defer { scratch.remove() }
    try await body(try await Stage.prepared(in: "\(scratch.path)/stage", prepare))
}

/// The same stage twice: for the two runs that a matrix makes side by side.
struct StagePair: Sendable {
    private let stages: [Stage]

    /// Runs `body` with stages that `prepare` made, and removes them afterwards.
    static func with<Result>(
        in parent: String = ScratchDirectory.inMemory, _ prepare: (Stage) async throws -> Void,
        _ body: (StagePair) async throws -> Result
    ) async throws -> Result {
        let scratch = try ScratchDirectory(in: parent)
        defer { scratch.remove() }
        var stages: [Stage] = []
        for side in 0...1 { stages.append(try await Stage.prepared(in: "\(scratch.path)/\(side)", prepare)) }
        return try await body(StagePair(stages: stages))
    }

    subscript(scene: Scene) -> Stage { stages[scene.side] }
    var first: Stage { stages[0] }
}

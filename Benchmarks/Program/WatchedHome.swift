import Automation
import Foundation

/// A home of the built program, and `certflow run --watch` on it.
struct WatchedHome {
    struct Failed: Error, CustomStringConvertible {
        var description: String
    }

    let program: String
    let path: String

    /// Makes the home and fills its ledger. Nothing falls due in it for days, and all is planned anew at its start.
    init(program: String, path: String, flows: Int) throws {
        self.program = program
        self.path = path
        try finish(try start(["init", "--home", path]))
        try finish(try start(["run", "--home", path]))
        let database = "\(path)/certflow.db"
        try FlowDatabase(path: database, flows: flows).fill(.resting, at: Instant(Date()))
        try RawDatabase(database).run("DELETE FROM meta WHERE key = 'zone-data'")
    }

    /// Runs `certflow run --watch`, waits until it rests, and ends it after `body`.
    func whileWatching<Result>(_ body: (RunningProcess) throws -> Result) throws -> Result {
        let process = try start(["run", "--watch", "--home", path])
        defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
        let running = RunningProcess(process.processIdentifier)
        try waitUntilResting(process, running)
        let result = try body(running)
        process.terminate()
        try finish(process)
        return result
    }

    /// Five seconds in a row with hardly a wake-up.
    private func waitUntilResting(_ process: Process, _ running: RunningProcess) throws {
        var (quiet, last) = (0, try running.usage())
        for _ in 0..<600 {
            guard process.isRunning else { throw Failed(description: "`certflow run --watch` ended by itself") }
            Thread.sleep(forTimeInterval: 1)
            let usage = try running.usage()
            let rests = usage.wakeUps - last.wakeUps <= 5 && usage.processor - last.processor < .milliseconds(5)
            quiet = rests ? quiet + 1 : 0
            if quiet == 5 { return }
            last = usage
        }
        throw Failed(description: "`certflow run --watch` did not come to rest")
    }

    private func start(_ arguments: [String]) throws -> Process {
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw Failed(
                description: "There is no \(program): build it with `swift build -c release --product certflow`, "
                    + "or name it with --program.")
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func finish(_ process: Process) throws {
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            let command = process.arguments?.first ?? ""
            throw Failed(description: "`certflow \(command)` ended with \(process.terminationStatus)")
        }
    }
}

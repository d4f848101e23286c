import Foundation
import GRDB
import TestPeers
import Testing

@Suite("a database that another process holds")
struct HeldDatabaseTests {
    @Test("beside a runner it is told with what to do; the runner lives on, and does the work once it is let go")
    func besideRunner() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, _ in
            try await certflow.succeed("run")
            let log = certflow.home.deletingLastPathComponent().appending(path: "watch.log")
            func said() -> String { (try? String(contentsOf: log, encoding: .utf8)) ?? "nothing" }
            _ = try await certflow.staying(["run", "--watch"], log: log) { process in
                try await until("it listens") { access("\(certflow.home.path)/runner.sock", F_OK) == 0 }
                try await certflow.succeed("publish", "www.example.com", "--at", "+8s")
                let holder = try Self.opened(certflow.home)
                try await holder.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
                try await until("it is told, not \(said())") {
                    said().contains("Another process has held the database")
                }
                #expect(said().contains("hanging `certflow` or `sqlite3` process"))
                #expect(kill(process, 0) == 0)
                try await holder.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
                try await until("the work is done, not \(said())") { said().contains("version 1 published") }
            }
        }
    }

    private static func opened(_ home: URL) throws -> DatabaseQueue {
        var settings = Configuration()
        settings.allowsUnsafeTransactions = true
        return try DatabaseQueue(path: home.appending(path: "certflow.db").path, configuration: settings)
    }
}

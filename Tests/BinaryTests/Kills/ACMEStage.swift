import FaultKit
import Foundation
import HostileAuthority
import Synchronization
import TestPeers

/// A home whose certificate comes from pebble and has to be renewed, and the proxy that it reaches pebble by.
///
/// Pebble keeps what it did for earlier runs, so that all is counted from the beginning of a run.
final class ACMEStage: Sendable {
    /// What pebble was asked for and did.
    struct Counts: Equatable {
        var orders = 0
        var certificates = 0
    }

    /// How often a kill left what is hardest to go on from.
    struct Met {
        /// An order that pebble has, and the ledger has no URL of.
        var lostOrders = 0
        /// A certificate that pebble has issued, and the ledger has not.
        var lostCertificates = 0
    }

    let stage: Stage
    private let proxy: ACMEProxy
    private let start = Mutex(0)
    private let tally = Mutex(Met())

    static let waking = "waking"
    private static let authority = "ca"
    private static let layout = "versioned"

    /// - Parameter root: where its files are to be.
    init(in root: String, behind proxy: ACMEProxy) async throws {
        self.proxy = proxy
        let port = try FreePort.next()
        stage = try await Stage.prepared(in: root) { stage in
            let program = try stage.program()
            try await program.succeed("init")
            let profile = """
                profile: pebble
                issuer: acme
                with:
                  directory: \(proxy.directoryURL.absoluteString)
                  caBundle: \(proxy.bundle.path)
                  acceptTerms: true
                  http01: {listen: ["127.0.0.1:\(port)"]}
                """
            try program.write(profile, "issuing/pebble")
            try stage.writeProfile(Self.layout, "prove: {readBack: true}")
            let first = Stage.flow([Self.layout], issuer: "pebble")
            try await program.succeed("apply", "-", input: first)
            try await program.succeed("run")
            // One name more: the certificate is due without a clock that CA and program would read differently.
            let both = [Stage.certificate, "example.com"]
            try await program.succeed(
                "apply", "-", input: Stage.flow([Self.layout], issuer: "pebble", subjects: both))
        }
    }

    var met: Met { tally.withLock { $0 } }

    /// As it was after it was prepared, and what is to be killed there: sends, and what the database does.
    func renewal() async throws -> FaultRun {
        await proxy.settled()
        start.withLock { $0 = proxy.passed.count }
        try stage.reset()
        var run = try stage.command(["run"])
        run.prefixes = [stage.home]
        run.roles = [PathRole(Self.authority, "socket:inet:**"), PathRole(Self.waking, "socket:?:")] + run.roles
        run.keepsContents = false
        return run
    }

    /// What was asked for since the run began, once nobody is asking.
    private func passed() async -> ArraySlice<ACMEProxy.Passed> {
        await proxy.settled()
        return proxy.passed.dropFirst(start.withLock { $0 })
    }

    private func counts() async -> Counts {
        let done = await passed().filter { (200..<300).contains($0.status) }
        return Counts(orders: done.count { $0.kind == .newOrder }, certificates: done.count { $0.kind == .finalize })
    }

    /// What a later run makes of what the killed one left.
    /// - Throws: `Wrong`.
    func check(_ outcome: FaultOutcome) async throws {
        let before = await counts()
        let sends = outcome.trace.calls.count { $0.name == .send && $0.role == Self.authority && $0.number != nil }
        guard await sends >= passed().count else { throw Wrong("requests went out past the interposer") }
        guard try PublishedSet.read(stage, Self.layout) != nil else { throw Wrong("readers find nothing") }
        let atKill = try LedgerSnapshot(stage)
        try atKill.requireTold(outcome.output)
        let again = try await stage.command(["run"]).run()
        guard again.ending == .exited(0) else { throw Wrong("the next run \(again.ending): \(again.errors)") }
        let afterwards = try LedgerSnapshot(stage)
        try atKill.requireVersions(in: afterwards)
        guard afterwards.handles.isEmpty else { throw Wrong("an order is still open") }

        // An order whose URL was stored is the only one; one that was sent and not stored is made once more.
        let isStored = !atKill.handles.isEmpty || atKill.versions.count > 1
        tally.withLock {
            if before.orders > 0, !isStored { $0.lostOrders += 1 }
            if before.certificates > 0, atKill.versions.count == 1 { $0.lostCertificates += 1 }
        }
        let expected = Counts(orders: isStored ? 1 : before.orders + 1, certificates: 1)
        let found = await counts()
        guard before.orders <= 1, found == expected else {
            throw Wrong("pebble did \(found), not \(expected); before the kill \(before), order stored: \(isStored)")
        }
        try await LedgerCheck(stage).check(versions: 2)
        guard afterwards.held[Self.layout] == 2 else { throw Wrong("the second version is not published") }
    }
}

import Foundation
import Testing

@testable import FaultKit

@Suite("Trace rules")
struct TraceRuleTests {
    @Test("accept a publication done as it should be, and each defect breaks the rule about it and no other")
    func publish() async throws {
        let program = try await CProgram("publish")
        let broken: [String?: String] = [
            nil: "",
            "file-not-synced": "synced before published",
            "file-synced-late": "synced before published",
            "mode-not-synced": "synced before published",
            "directory-not-synced": "name synced",
            "weakly-synced": "name synced",
            "recorded-early": "name synced",
            "born-open": "born private",
            "stream": "nothing unseen",
            "intent-not-synced": "intent",
        ]
        for (defect, rule) in broken {
            let trace = try await withScratch { directory in
                try await publication(program, directory, defect: defect).run().trace
            }
            let found = publicationRules.filter { !$0.rule.violations(in: trace).isEmpty }.map(\.name)
            let violations = trace.violations(of: publicationRules.map(\.rule)).map(\.description)
            #expect(found == (rule.isEmpty ? [] : [rule]), "\(defect ?? "correct"): \(violations)")
        }
    }

    @Test("accept a set switched as it should be, and each defect breaks the rule about it and no other")
    func switchSet() async throws {
        let program = try await CProgram("switch")
        let broken: [String?: String] = [
            nil: "",
            "file-not-synced": "synced before published",
            "set-not-synced": "synced before published",
            "versions-not-synced": "synced before published",
            "link-not-synced": "name synced",
            "writes-live": "published never changed",
            "adds-to-live": "published never changed",
        ]
        for (defect, rule) in broken {
            let trace = try await withScratch { directory in
                try await switching(program, directory, defect: defect).run().trace
            }
            let found = switchRules.filter { !$0.rule.violations(in: trace).isEmpty }.map(\.name)
            let violations = trace.violations(of: switchRules.map(\.rule)).map(\.description)
            #expect(found == (rule.isEmpty ? [] : [rule]), "\(defect ?? "correct"): \(violations)")
        }
    }

    @Test("show the calls that break them")
    func violationText() async throws {
        let program = try await CProgram("publish")
        let trace = try await withScratch { directory in
            try await publication(program, directory, defect: "file-not-synced").run().trace
        }
        let violation = try #require(trace.violations(of: publicationRules.map(\.rule)).first)
        #expect(
            violation.calls.map(\.label) == [
                "write temporary", "write temporary", "chmod temporary", "rename temporary>key",
            ])
        #expect(violation.description.contains("=> "))
    }

    @Test("tell the commit that records an effect by what it says, whoever commits in between")
    func recording() async throws {
        let program = try await CProgram("publish")
        for (defect, key, holds) in [
            (nil, "done key.pem", true), ("recorded-early", "done key.pem", false), ("recorded-early", "other", true),
        ] {
            let trace = try await withScratch { directory in
                try await publication(program, directory, defect: defect).run().trace
            }
            let rule = TraceRule.nameSynced(roles: ["key"], before: .commit(ofLog: "journal", mentioning: { _ in key }))
            #expect(rule.violations(in: trace).isEmpty == holds)
            #expect(trace.commits(ofLog: "journal").map { $0.mentions("intent 1") } == [true, false])
        }
    }

    @Test("what a later commit repeats is not recorded by it, where only the first counts")
    func repeatedRecord() {
        func commit(_ tick: UInt64) -> [TracedCall] {
            [TracedCall.made(tick, .write, "/log"), .made(tick + 2, .fdatasync, "/log")]
        }
        let effect = [TracedCall.made(10, .rename, "/d/live")]
        let sync = [TracedCall.made(30, .fsync, "/d")]
        func broken(_ calls: [TracedCall], onlyFirst: Bool) -> Int {
            let recording = Recording(log: "file", onlyFirst: onlyFirst) { _, _ in true }
            return TraceRule.nameSynced(roles: ["file"], before: recording)
                .violations(in: Trace(calls: calls, isComplete: true)).count
        }
        #expect(broken(effect + commit(20) + sync, onlyFirst: true) == 1)
        #expect(broken(commit(1) + effect + commit(20) + sync, onlyFirst: true) == 0)
        #expect(broken(commit(1) + effect + commit(20) + sync, onlyFirst: false) == 1)
        #expect(broken(commit(1) + effect + commit(20), onlyFirst: true) == 1, "never synced")
    }

    @Test("an effect before the commit that says it is meant breaks the rule")
    func recordedBefore() {
        let rule = TraceRule.recordedBefore(
            "meant", CallPattern { $0.name == .mkdir }, by: Recording(log: "file") { _, _ in true })
        let effect = TracedCall.made(10, .mkdir, "/d")
        func broken(_ calls: [TracedCall]) -> Int { rule.violations(in: Trace(calls: calls, isComplete: true)).count }
        #expect(broken([.made(1, .write, "/log"), .made(3, .fdatasync, "/log"), effect]) == 0)
        #expect(broken([.made(1, .write, "/log"), effect, .made(13, .fdatasync, "/log")]) == 1)
        #expect(broken([effect]) == 1)
    }

    @Test("two runs one after the other are judged as one: what the first left unsynced is still so")
    func followed() async throws {
        let program = try await CProgram("publish")
        let whole = try await withScratch { try await publication(program, $0).run().trace }
        let rules = publicationRules.map(\.rule)
        let begin = try #require(whole.calls.first { $0.label == "rename temporary>key" }).begin
        for trace in [whole, whole.removing(syncsLabelled: "fsync temporary")] {
            let first = Trace(calls: trace.calls.filter { $0.begin < begin }, isComplete: false)
            let second = Trace(calls: trace.calls.filter { $0.begin >= begin }, isComplete: true)
            let joined = first.followed(by: second)
            #expect(joined.violations(of: rules).map(\.rule) == trace.violations(of: rules).map(\.rule))
            #expect(joined.isComplete && joined.calls.count == trace.calls.count)
        }
    }

    @Test("an open of a private file that is already open to others breaks the rule until the program's own chmod")
    func widened() {
        func call(_ tick: UInt64, _ name: CallName, mode: UInt32, created: Bool = false) -> TracedCall {
            TracedCall.made(tick, name, "/home/key", mode: mode, created: created)
        }
        let rule = TraceRule.bornPrivate(roles: ["file"])
        #expect(rule.violations(in: Trace(calls: [call(1, .open, mode: 0o640)], isComplete: true)).count == 1)
        let granted = [
            call(1, .open, mode: 0o600, created: true), call(3, .chmod, mode: 0o640), call(5, .open, mode: 0o640),
        ]
        #expect(rule.violations(in: Trace(calls: granted, isComplete: true)).isEmpty)
    }

    @Test("a set published before the run is watched until its link switches")
    func publishedBefore() {
        let rule = TraceRule.publishedNeverChanged(links: ["live"], published: ["/d/live": "/d/versions/1"])
        let old = TracedCall.made(1, .write, "/d/versions/1/key")
        #expect(rule.violations(in: Trace(calls: [old], isComplete: true)).count == 1)
        let other = TracedCall.made(1, .write, "/d/versions/10/key")
        #expect(rule.violations(in: Trace(calls: [other], isComplete: true)).isEmpty)
    }

    @Test("a run that was harmed owes no sync at its end, an unharmed one does")
    func harmedRun() async throws {
        let program = try await CProgram("publish")
        let rule = TraceRule.nameSynced(roles: ["key"])
        try await withScratch { directory in
            var run = publication(program, directory)
            run.fault = Fault(.inputOutput, at: 1, label: "fsync out")
            let outcome = try await run.run()
            #expect(outcome.ending == .exited(1) && !outcome.trace.isComplete)
            #expect(rule.violations(in: outcome.trace).isEmpty)
        }
        let unharmed = try await withScratch { directory in
            try await publication(program, directory, defect: "directory-not-synced").run().trace
        }
        #expect(unharmed.isComplete && rule.violations(in: unharmed).count == 1)
    }

    @Test("an effect needs an intent of its own, synced by a call that began after it")
    func intents() {
        let rule = TraceRule.syncedBetween(
            "intent", intent: .calls([.write], roles: ["file"]), sync: .calls([.fsync], roles: ["file"]),
            effect: .calls([.send], roles: ["file"]))
        func trace(_ calls: [TracedCall]) -> Trace { Trace(calls: calls, isComplete: true) }
        let write = TracedCall.made(10, .write, "/log", until: 12)
        let send = TracedCall.made(30, .send, "peer")
        #expect(rule.violations(in: trace([write, .made(20, .fsync, "/log"), send])).isEmpty)
        #expect(rule.violations(in: trace([write, .made(11, .fsync, "/log"), send])).count == 1, "synced meanwhile")
        #expect(rule.violations(in: trace([write, .made(25, .fsync, "/log", until: 31), send])).count == 1, "too late")
        #expect(rule.violations(in: trace([.made(20, .fsync, "/log"), send])).count == 1, "no intent")
        #expect(rule.violations(in: trace([write, .made(20, .fsync, "/log", result: -1), send])).count == 1, "failed")
    }

    @Test("every sync of a correct program is missed by a rule when it is taken away")
    func mutation() async throws {
        let publish = try await CProgram("publish")
        let trace = try await withScratch { try await publication(publish, $0).run().trace }
        #expect(trace.syncLabels == ["fdatasync journal", "fsync home", "fsync out", "fsync temporary"])
        #expect(try await trace.syncsNobodyMisses(rules: publicationRules.map(\.rule)) == ["fsync home"])
        let all =
            publicationRules.map(\.rule) + [
                .inOrder(
                    "the journal has a name before it is written", .calls([.fsync], roles: ["home"]),
                    before: .calls([.write], roles: ["journal"]))
            ]
        #expect(try await trace.syncsNobodyMisses(rules: all) == [])

        let switcher = try await CProgram("switch")
        let switched = try await withScratch { try await switching(switcher, $0).run().trace }
        #expect(switched.syncLabels.count == 4)
        #expect(try await switched.syncsNobodyMisses(rules: switchRules.map(\.rule)) == [])
    }

    @Test("a trace that breaks a rule already cannot show which syncs are missed")
    func mutationOfBroken() async throws {
        let program = try await CProgram("publish")
        let trace = try await withScratch { try await publication(program, $0, defect: "stream").run().trace }
        await #expect(throws: FaultKitError.self) {
            try await trace.syncsNobodyMisses(rules: publicationRules.map(\.rule))
        }
    }
}

private let publicationRules: [(name: String, rule: TraceRule)] = [
    ("synced before published", .syncedBeforePublished(roles: ["key"])),
    ("name synced", .nameSynced(roles: ["key"], before: .nextCommit(ofLog: "journal"))),
    ("born private", .bornPrivate(roles: ["temporary", "journal"])),
    ("nothing unseen", .nothingUnseen()),
    (
        "intent",
        .syncedBetween(
            "intent", intent: .calls([.write], roles: ["journal"]), sync: .label("fdatasync journal"),
            effect: .calls([.send], roles: ["network"]), onlyFirst: true)
    ),
]

private let switchRules: [(name: String, rule: TraceRule)] = [
    ("synced before published", .syncedBeforePublished(roles: ["live"])),
    ("name synced", .nameSynced(roles: ["live"])),
    ("published never changed", .publishedNeverChanged(links: ["live"])),
]

/// The correct switching of `switch.c`, or one with a defect.
func switching(_ program: CProgram, _ directory: String, defect: String? = nil) -> FaultRun {
    FaultRun(
        program.path, [directory] + (defect.map { [$0] } ?? []), prefixes: [directory],
        roles: [
            PathRole("file", "versions/*/*"), PathRole("set", "versions/*"), PathRole("versions", "versions"),
            PathRole("new-link", ".live"), PathRole("live", "live"), PathRole("place", directory),
        ],
        keepsContents: true)
}

extension TracedCall {
    /// A call made up for a test.
    static func made(
        _ tick: UInt64, _ name: CallName, _ path: String, until end: UInt64? = nil, mode: UInt32 = 0o600,
        created: Bool = false, result: Int = 0
    ) -> TracedCall {
        TracedCall(
            begin: tick, end: end ?? tick + 1, number: Int(tick), thread: 1, name: name, path: path, role: "file",
            second: nil, secondRole: nil, result: result, error: result < 0 ? EIO : 0, offset: 0, length: 1,
            flags: mode, mode: mode, identity: .init(device: 1, inode: UInt64(path.utf8.count)), created: created,
            isNameless: false, possibleHarm: [], harm: nil, data: name == .write ? [1] : [])
    }
}

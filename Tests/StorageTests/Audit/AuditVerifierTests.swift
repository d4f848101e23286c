import Automation
import Foundation
import Storage
import Testing

@Suite("Checking the audit trail")
struct AuditVerifierTests {
    /// Two chains that were written side by side, and the head.
    private func trail() async throws -> (events: [Event], head: AuditHead?) {
        var chains = [
            AuditChain(key: TestKeys.audit, chain: "a"), AuditChain(key: TestKeys.audit, chain: "b"),
        ]
        var (events, head): ([Event], AuditHead?) = ([], nil)
        for (step, index) in [0, 0, 1, 0, 1, 1, 0].enumerated() {
            if !chains[index].isOpen {
                let last = events.last.map { ChainHead(chain: $0.chain, position: $0.position, mac: $0.mac) }
                events.append(chains[index].open(after: last, at: Samples.now, sequence: Int64(events.count) + 1))
            }
            var draft = Samples.fullEvent
            draft.subject = "step \(step)"
            events.append(chains[index].append(draft, sequence: Int64(events.count) + 1))
            head = chains[index].takeHead()
        }
        return (events, head)
    }

    private func findings(_ events: [Event], _ head: AuditHead?) -> [AuditVerifier.Finding] {
        var verifier = AuditVerifier(key: TestKeys.audit, head: head)
        for event in events { verifier.take(event) }
        verifier.finish()
        return verifier.findings
    }

    @Test("a trail that nobody touched is in order")
    func untouched() async throws {
        let (events, head) = try await trail()
        #expect(events.count == 9)
        #expect(findings(events, head).isEmpty)
        #expect(findings([], nil).isEmpty)
    }

    static let tamperings: [(String, @Sendable (inout Event) -> Void)] = [
        ("sequence", { $0.sequence += 1 }), ("chain", { $0.chain = "c" }), ("position", { $0.position += 1 }),
        ("at", { $0.draft.at = $0.draft.at + .seconds(1) }), ("actor", { $0.draft.actor += "x" }),
        ("kind", { $0.draft.kind += "x" }), ("certificate", { $0.draft.certificate += "x" }),
        ("subject", { $0.draft.subject += "x" }), ("reason", { $0.draft.reason = "" }),
        ("a detail's value", { $0.draft.detail["a", default: ""] += "x" }),
        ("a detail more", { $0.draft.detail["new"] = "" }), ("details away", { $0.draft.detail = [:] }),
        ("mac", { $0.mac[0] ^= 1 }), ("mac cut off", { $0.mac.removeLast() }),
        (
            "text moved to its neighbour",
            { event in
                event.draft.actor += String(event.draft.kind.prefix(1))
                event.draft.kind.removeFirst()
            }
        ),
    ]

    @Test("a change of any column of any event is found", arguments: tamperings.indices)
    func tampered(index: Int) async throws {
        let (events, head) = try await trail()
        for victim in events.indices {
            var changed = events
            Self.tamperings[index].1(&changed[victim])
            guard changed != events else { continue }
            #expect(!findings(changed, head).isEmpty, "\(Self.tamperings[index].0) of event \(victim + 1)")
        }
    }

    @Test("removing, repeating, inserting and reordering are found, also where the numbers are made to fit")
    func moved() async throws {
        let (events, head) = try await trail()
        for place in events.indices {
            for other in events.indices where other != place {
                var swapped = events
                swapped.swapAt(place, other)
                #expect(!findings(swapped, head).isEmpty)
                #expect(!findings(renumbered(swapped), head).isEmpty)
            }
            for end in place..<events.endIndex {
                var cut = events
                cut.removeSubrange(place...end)
                #expect(!findings(cut, head).isEmpty, "without \(place + 1) to \(end + 1)")
                #expect(
                    !findings(renumbered(cut), head).isEmpty || cut.isEmpty,
                    "without \(place + 1) to \(end + 1), renumbered")
            }
            var repeated = events
            repeated.insert(events[place], at: place)
            #expect(!findings(repeated, head).isEmpty)
            #expect(!findings(renumbered(repeated), head).isEmpty)
        }
        var longer = events
        longer.append(Event(sequence: 10, chain: "a", position: 6, draft: Samples.fullEvent, mac: Samples.data(1)))
        #expect(!findings(longer, head).isEmpty)
    }

    @Test("a cut at the end is found, also where the head is cut, changed or made for it")
    func tailCut() async throws {
        let (events, head) = try await trail()
        let genuine = try #require(head)
        for count in 1..<events.count {
            let cut = Array(events.prefix(count))
            #expect(!findings(cut, genuine).isEmpty)
            #expect(!findings(cut, nil).isEmpty)
            let last = cut[count - 1]
            #expect(!findings(cut, AuditHead(sequence: last.sequence, mac: last.mac, code: genuine.code)).isEmpty)
            #expect(!findings(cut, AuditHead(sequence: last.sequence, mac: last.mac, code: last.mac)).isEmpty)
        }
        #expect(!findings([], genuine).isEmpty)
    }

    @Test("events that came after the head was read are no fault")
    func newerThanHead() async throws {
        var chain = AuditChain(key: TestKeys.audit, chain: "a")
        var events = [chain.open(after: nil, at: Samples.now, sequence: 1)]
        let head = chain.takeHead()
        #expect(chain.takeHead() == nil)
        events.append(chain.append(Samples.fullEvent, sequence: 2))
        #expect(findings(events, head).isEmpty)
    }

    @Test("findings are kept up to a limit")
    func limit() async throws {
        var verifier = AuditVerifier(key: TestKeys.other, head: nil)
        var chain = AuditChain(key: TestKeys.audit, chain: "a")
        verifier.take(chain.open(after: nil, at: Samples.now, sequence: 1))
        for sequence in Int64(2)...500 { verifier.take(chain.append(Samples.event(), sequence: sequence)) }
        verifier.finish()
        #expect(verifier.count == 500)
        #expect(verifier.findings.count == AuditVerifier.findingsKept)
    }

    private func renumbered(_ events: [Event]) -> [Event] {
        zip(events, Int64(1)...).map { event, sequence in
            var event = event
            event.sequence = sequence
            return event
        }
    }
}

import Automation
import Profiles
import Synchronization
import Testing

@testable import Runner
@testable import Server

@Suite("what issuers said of themselves")
struct IssuerMemoryTests {
    @Test("is good for a second, and no longer than the profiles that it was said under")
    func life() async throws {
        var outside = try await FlowHouse().outside
        let clock = Clock()
        outside.clock.monotonic = { clock.now }
        let memory = IssuerMemory()
        #expect(memory.facts("ca", outside) == nil)
        var facts = IssuerFacts()
        facts.lifetime = .days(47)
        memory.keep(facts, of: "ca", outside)
        clock.pass(.milliseconds(999))
        #expect(memory.facts("ca", outside)?.lifetime == .days(47))
        #expect(memory.facts("other", outside) == nil)
        var changed = outside.profiles.current
        changed.digest += "x"
        var others = outside
        others.profiles = ProfileShelf(changed)
        #expect(memory.facts("ca", others) == nil)
        clock.pass(.milliseconds(1))
        #expect(memory.facts("ca", outside) == nil)
    }

    private final class Clock: Sendable {
        private let at = Mutex(Duration.seconds(100))
        var now: Duration { at.withLock { $0 } }
        func pass(_ span: Duration) { at.withLock { $0 += span } }
    }
}

import Profiles
import Synchronization
import Testing

@testable import Runner

@Suite("profiles whose files change")
struct ProfileShelfTests {
    @Test("what anybody had read is news for the schedule, once; files are looked at once a second")
    func news() {
        let version = Mutex(0)
        let shelf = ProfileShelf(
            stamp: { String(version.withLock { $0 }) },
            load: { ProfileShelf.Reading(set: ProfileSet(), problems: version.withLock { $0 == 2 ? ["broken"] : [] }) })
        #expect(shelf.refresh() == nil && !shelf.freshen())
        version.withLock { $0 = 1 }
        #expect(shelf.freshen(at: .seconds(10)) && !shelf.freshen(at: .seconds(12)))
        #expect(shelf.refresh() != nil && shelf.refresh() == nil)
        version.withLock { $0 = 2 }
        #expect(!shelf.freshen(at: .milliseconds(12_900)) && shelf.problems.isEmpty)
        #expect(shelf.freshen(at: .seconds(13)) && shelf.problems == ["broken"])
        #expect(shelf.refresh()?.problems == ["broken"] && shelf.refresh() == nil)
    }
}

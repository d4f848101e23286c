import Automation
import Synchronization

/// What issuers lately said of themselves, for answers that come one after the other: asking one anew means reading its
/// keys and certificates.
public final class IssuerMemory: Sendable {
    /// So long an answer is good, where the profiles are still the same.
    private static let kept = Duration.seconds(1)

    private struct Entry {
        var profiles: String
        var at: Duration
        var facts: IssuerFacts
    }

    private let entries = Mutex<[String: Entry]>([:])

    public init() {}

    func facts(_ profile: String, _ outside: RunnerDependencies) -> IssuerFacts? {
        let (digest, now) = (outside.profiles.current.digest, outside.clock.monotonic())
        return entries.withLock { entries in
            guard let entry = entries[profile], entry.profiles == digest, now - entry.at < Self.kept else { return nil }
            return entry.facts
        }
    }

    func keep(_ facts: IssuerFacts, of profile: String, _ outside: RunnerDependencies) {
        let entry = Entry(profiles: outside.profiles.current.digest, at: outside.clock.monotonic(), facts: facts)
        entries.withLock { $0[profile] = entry }
    }
}

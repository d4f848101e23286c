import Automation
import PluginKit
import Storage

extension Desk {
    /// Records that a copy of the home is made. Commit it before the copy: it may hold the master key.
    public func noteBackup(to file: String, withKey: Bool) async throws {
        var event = event("home.backed-up", "")
        event.detail = ["to": file, "withKey": withKey ? "yes" : "no"]
        try await commit([], [event])
    }

    /// Records which host keys are trusted from now on, and for which profile.
    public func noteTrusted(profile: String, _ keys: [String]) async throws {
        var event = event("host-keys.trusted", "")
        event.detail = ["profile": profile, "keys": keys.joined(separator: "; ")]
        try await commit([], [event])
    }

    /// What a home that comes from a backup does first: it looks at every target, before it acts on what it knew.
    ///
    /// - Parameters:
    ///   - backup: the file, and when it was made.
    ///   - doubtful: certificates of which a target holds something newer than the backup knows, or can't be looked at,
    ///     with the reason: their flows are paused until a person has looked.
    /// - Returns: how much work was running when the backup was made, and is due again.
    public func wakeRestored(_ backup: (file: String, madeAt: String), doubtful: [String: String]) async throws -> Int {
        let freed = try await ledger.releaseLeases(exceptOf: "", at: now())
        var event = event("home.restored", "")
        event.detail = ["from": backup.file, "madeAt": backup.madeAt, "freed": String(freed.count)]
        try await commit([], [event])
        for (name, doubt) in doubtful.sorted(by: { $0.key < $1.key }) {
            let desk = Desk(
                ledger: ledger, profiles: profiles, registry: registry,
                person: Person(name: person.name, reason: "restored from a backup: \(doubt)"), now: now,
                entropy: entropy)
            _ = try await desk.pause(.name(name), until: nil)
        }
        var last: Int64 = 0
        while true {
            let page = try await ledger.overviews(after: last, limit: 500)
            guard let end = page.last else { return freed.count }
            last = end.certificate.id
            for overview in page where !overview.certificate.isRetired {
                guard overview.placements.contains(where: { $0.held?.number != nil }) else { continue }
                do {
                    _ = try await prove(overview.certificate.name, targets: [])
                } catch is DeskRefusal {
                    continue  // all that holds something is managed no more
                }
            }
        }
    }
}

import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// What people do by hand: each act is a wish in the ledger, with who and why, that the runner serves.
///
/// Works beside a living runner: a wish is a commit of its own, and the runner is woken by the caller. Every act is
/// committed as a whole or not at all.
public struct Desk: Sendable {
    /// So often an act is tried again that somebody else's act came before.
    private static let rounds = 20

    public let ledger: any Ledger
    let profiles: ProfileSet
    let registry: Registry
    let person: Person
    let now: @Sendable () -> Instant
    let entropy: @Sendable (Int) -> [UInt8]
    /// The certificate that pages and API are served with, which is not removed.
    public var ownCertificate: String?

    public init(
        ledger: any Ledger, profiles: ProfileSet, registry: Registry, person: Person,
        now: @escaping @Sendable () -> Instant, entropy: @escaping @Sendable (Int) -> [UInt8]
    ) {
        self.ledger = ledger
        self.profiles = profiles
        self.registry = registry
        self.person = person
        self.now = now
        self.entropy = entropy
    }

    /// Writes and events of one act, and what it comes to.
    struct Act<Result: Sendable> {
        var result: Result
        var writes: [Change.Write] = []
        var events: [EventDraft] = []
    }

    /// Makes an act from what is stored now and commits it; made anew where somebody else changed it meanwhile.
    func act<Result>(_ make: () async throws -> Act<Result>) async throws -> Result {
        var round = 1
        while true {
            let act = try await make()
            guard !act.writes.isEmpty else { return act.result }
            do {
                try await commit(act.writes, act.events)
                return act.result
            } catch let refusal as DeskRefusal where refusal.code == DeskRefusal.conflict && round < Self.rounds {
                round += 1
            }
        }
    }

    func overview(_ name: String) async throws -> CertificateOverview {
        let record = try await ledger.knownCertificate(name)
        guard let overview = try await ledger.overview(record.id) else { throw DeskRefusal.unknownCertificate(name) }
        return overview
    }

    func event(_ kind: String, _ certificate: String, _ subject: String = "", _ what: String = "") -> EventDraft {
        EventDraft(
            at: now(), actor: person.name, kind: kind, certificate: certificate, subject: subject,
            reason: person.reason, detail: what.isEmpty ? [:] : ["what": what])
    }

    func commit(_ writes: [Change.Write], _ events: [EventDraft]) async throws {
        switch try await ledger.commit(Change(writes, events: events)) {
        case .applied: return
        case .conflict(let reason): throw DeskRefusal.changedMeanwhile(reason)
        case .fenceLost: throw DeskRefusal.changedMeanwhile("the lease was lost")
        }
    }
}

extension LedgerReading {
    /// - Throws: `DeskRefusal` that suggests what was meant where there is no such certificate: the nearest name, or the
    ///   one that has `name` among its subjects.
    public func knownCertificate(_ name: String) async throws -> CertificateRecord {
        if let record = try await certificate(named: name) { return record }
        var names: [String] = []
        var bearer: String?
        // Enough to find a slip of the pen; a home with more certificates is searched by its status.
        while names.count < 20_000 {
            let page = try await certificates(after: names.last, limit: 2000)
            names += page.map(\.name)
            bearer = bearer ?? page.first { $0.subjects.contains { $0.description == name } }?.name
            if page.count < 2000 { break }
        }
        throw DeskRefusal.unknownCertificate(
            name, bearer: bearer, near: NearestKey.of(name, among: names), isEmpty: names.isEmpty)
    }
}

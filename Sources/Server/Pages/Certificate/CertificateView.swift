import Automation
import Foundation
import Profiles
import Runner
import Storage

/// One certificate as it stands, read for a page; made only for who may see it.
struct CertificateView: Sendable {
    let house: House
    let person: Principal
    let overview: CertificateOverview
    let standing: CertificateStanding
    /// What is being done to it at this moment.
    let running: Set<WorkKey>
    /// The last event of it that this view surely knows of.
    let lastEvent: Int64
    let now: Instant

    /// - Throws: `Problem`, the same for a name that there is not and for one that the person may not see.
    init(_ exchange: Exchange) async throws {
        try await self.init(exchange.house, try exchange.principal, try exchange.parameter("name"))
    }

    init(_ house: House, _ person: Principal, _ name: String) async throws {
        // Before all else: what comes while the rest is read is newer than the view.
        lastEvent = try await house.ledger.latestEvents(certificate: name, limit: 1).first?.sequence ?? 0
        guard let record = try await house.ledger.certificate(named: name), person.sees(record.labels),
            let overview = try await house.ledger.overview(record.id)
        else { throw Self.unknown(name) }
        self.house = house
        self.person = person
        self.overview = overview
        now = house.now()
        standing = try await StandingReader(ledger: house.ledger, profiles: house.profiles).standing(overview, at: now)
        let own = Self.works(of: overview)
        running = Set(try await house.ledger.leases().map(\.work)).intersection(own)
    }

    static func unknown(_ name: String) -> Problem {
        Problem(
            404, "certificate.unknown", "There is no certificate \"\(name.prefix(200))\".",
            remedy: "The page Certificates lists those that there are.")
    }

    private static func works(of overview: CertificateOverview) -> Set<WorkKey> {
        Set(
            [WorkKey(.renewal, overview.certificate.id)]
                + overview.placements.map { WorkKey(.publication, $0.id) })
    }

    // MARK: What is asked of it often

    var record: CertificateRecord { overview.certificate }
    var name: String { record.name }
    var state: RenewalState { overview.state }
    var rules: FlowRules { record.flow.rules }
    var address: CertificatePath { CertificatePath(name) }
    /// On whose clock the page writes times: that of the renewal's window.
    var clock: Clock { Clock(zone: rules.window.zone, now: now) }
    var publicationClock: Clock { Clock(zone: rules.windowOfPublication.zone, now: now) }
    var mayAct: Bool { person.may(.operate) && !record.isRetired }
    var pause: Pause? { record.pause.flatMap { $0.holds(at: now) ? $0 : nil } }
    var isBusy: Bool { !running.isEmpty }

    /// What changes where something of it may have: its last event, and what runs.
    var mark: String {
        let works = running.map { "\($0.kind == .renewal ? "r" : "p")\($0.id)" }.sorted()
        return ([String(lastEvent)] + works).joined(separator: "-")
    }

    var activity: Activity {
        var activity: Activity = []
        for work in running { activity.insert(work.kind == .renewal ? .renewing : .publishing) }
        return activity
    }

    /// What of a message may be shown: one about a place names another certificate, which the person may not see.
    func shown(_ message: String, code: String) -> String { person.told(message, code: code) }

    /// "lb-1.fra"; with its profile where the flow has several.
    func short(_ placement: PlacementRecord) -> String {
        let isOne = Set(overview.placements.map(\.profile)).count == 1
        return isOne && placement.target != PublishingProfile.soleTarget ? placement.target : placement.name
    }

    /// "a, b and 3 more"
    static func list(_ items: [String], atMost limit: Int = 4) -> String {
        guard items.count > limit else { return WindowWords.list(items) }
        return "\(items.prefix(limit - 1).joined(separator: ", ")) and \(items.count - limit + 1) more"
    }

    func crumbs(_ last: String? = nil) -> [[String: Any]] {
        guard let last else { return Crumbs.to(("Certificates", "/certificates"), (name, address.path)) }
        return Crumbs.to(("Certificates", "/certificates"), (name, address.path), (last, ""))
    }
}

/// Shapes and colours of states, as the templates name them.
enum CertificateMark {
    static func context(_ kind: Mark.Kind, _ words: String, _ second: String? = nil) -> [String: Any] {
        var mark: [String: Any] = ["tone": shape(kind).tone, "icon": shape(kind).icon, "words": words]
        if let second { mark["second"] = second }
        return mark
    }

    static func shape(_ kind: Mark.Kind) -> (tone: String, icon: String) { ListingParts.shape(kind) }

    static func note(
        _ kind: Mark.Kind, _ title: String, _ text: String, isAlert: Bool = false, more: [String] = []
    ) -> [String: Any] {
        let (tone, icon) = shape(kind)
        return ListingParts.note(kind == .held ? "" : tone, icon, title, text, more: more, isAlert: isAlert)
    }

    static func empty(_ title: String, _ text: String, act: (label: String, href: String)? = nil) -> [String: Any] {
        ListingParts.empty(title, text, acts: [act].compactMap { $0 })
    }
}

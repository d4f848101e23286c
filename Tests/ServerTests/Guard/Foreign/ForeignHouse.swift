import Automation
import Foundation
import PluginKit
import Profiles
import Storage
import Testing

@testable import Server

/// A house with things of two people, neither of whom sees anything of the other's.
struct ForeignHouse: Sendable {
    static let own = GuardHouse.certificate
    static let foreign = "hidden.example.com"
    static let absent = "absent.example.com"
    /// The foreign certificate has so many versions.
    static let versions = 61
    /// What stands in foreign things, and in no answer.
    static let canaries = ["canary-owner", "canary-note", "canary-alt", "canary-pause", "canary-agent", "canary-robot"]

    let house: GuardHouse
    let certificate: CertificateRecord
    let placement: PlacementRecord
    /// Keys of a session and of a token of somebody else.
    let session: String
    let token: String
    /// Of somebody who sees as much as who asks.
    let ownSession: String
    let ownToken: String
    /// Of who asks.
    let mySession: String
    let myToken: String

    /// Who sees what bears `team: web` alone.
    struct Person: Sendable {
        var name: String
        var headers: [(String, String)]
    }

    static func make() async throws -> ForeignHouse {
        let shelf = try ListingHouse()
        try shelf.addProfile("mailfleet", targets: ["relay"])
        shelf.shelf.set.issuing["ca"] = IssuingProfile(name: "ca", issuer: "test", options: OptionTree())
        let house = try await GuardHouse(shelf.shelf.set)
        var plan = ListingHouse.Plan(foreign)
        plan.extra = ["canary-alt.example.com"]
        plan.labels = ["team": "mail"]
        (plan.profile, plan.targets, plan.version) = ("mailfleet", ["relay"], versions)
        plan.pause = Pause(by: "canary-pause", reason: "canary-pause", since: GuardHouse.start, until: nil)
        let id = try await house.listing.add(plan)
        try await house.listing.change(foreign) { record in
            record.owner = "canary-owner"
            record.note = "canary-note"
        }
        try await house.seat("zora", .administrator, scope: ["team": "mail"])
        try await house.seat("wanda", .viewer, scope: ["team": "web"])
        let (session, token) = try await means(of: "zora", "canary-robot", house)
        let (ownSession, ownToken) = try await means(of: "wanda", "robot", house)
        let (mySession, myToken) = try await means(of: "anna", "robot", house)
        return ForeignHouse(
            house: house, certificate: try #require(try await house.ledger.certificate(id)),
            placement: try #require(try await house.ledger.placements(of: id).first), session: session, token: token,
            ownSession: ownSession, ownToken: ownToken, mySession: mySession, myToken: myToken)
    }

    private static func means(
        of name: String, _ title: String, _ house: GuardHouse
    ) async throws -> (session: String, token: String) {
        let session = try await house.session(of: name)
        let (secret, now) = (People.tokenPrefix + house.people.newSecret(), house.clock.now)
        let token = AccessToken(
            id: People.key(secret), account: name, name: title, role: .viewer, scope: [:], createdAt: now,
            endsAt: now + .days(1), usedAt: now)
        try await house.put(.token, token.id, owner: name, token)
        return (People.key(session.id), token.id)
    }

    /// A session that proved a moment ago who it is of; tokens of an account that sees as little, and of one that sees
    /// all.
    func people() async throws -> [Person] {
        try await house.seat("anna", .administrator, scope: ["team": "web"]) { $0.exportsKeys = true }
        try await house.seat("omar", .administrator)
        let session = try await house.session(of: "anna")
        let token = try await house.token(of: "anna", role: .administrator)
        let narrowed = try await house.token(of: "omar", role: .administrator, scope: ["team": "web"])
        return [
            Person(name: "a session", headers: [("Cookie", session.cookie), ("X-Certflow-CSRF", session.csrf)]),
            Person(name: "a token", headers: [("Authorization", "Bearer \(token)")]),
            Person(name: "a narrowed token", headers: [("Authorization", "Bearer \(narrowed)")]),
        ]
    }

    /// All that must stay as it is.
    struct State: Equatable {
        var events: Int64
        var certificates: [CertificateRecord]
        var placements: [PlacementRecord]
        var documents: [DocumentRecord]
    }

    private static func isVisitor(_ name: String) -> Bool { ["anna", "omar"].contains(name) }

    /// Events of refusals aside.
    func state() async throws -> State {
        let ledger = house.ledger
        let refused: Set<String> = ["key.export-refused", "sign-in.failed", "proof.failed", "invitation.refused"]
        var placements: [PlacementRecord] = []
        let certificates = try await ledger.certificates(after: nil, limit: 100)
        for record in certificates { placements += try await ledger.placements(of: record.id) }
        let documents =
            try await ledger.documents(.account, owner: nil) + ledger.documents(.token, owner: nil)
            + ledger.documents(.session, owner: "zora")
        let logged = try await ledger.latestEvents(certificate: nil, limit: 1000).count {
            refused.contains($0.draft.kind)
        }
        return State(
            events: (try await ledger.auditHead()?.sequence ?? 0) - Int64(logged), certificates: certificates,
            placements: placements, documents: documents.filter { !Self.isVisitor($0.owner) && !Self.isVisitor($0.key) }
        )
    }

    // MARK: Values

    /// What a field can name: somebody else's, what there is not, and one's own.
    struct Values {
        var foreign: String
        var absent: String
        var own: String
    }

    func values(_ meaning: FieldMeaning, in route: Route) -> [Values] {
        func one(_ foreign: String, _ absent: String, _ own: String) -> [Values] {
            [Values(foreign: foreign, absent: absent, own: own)]
        }
        let certificate = certificate.id
        let isMine = route.path.contains("/me/") || route.path.hasPrefix("/settings/")
        switch meaning {
        case .certificate, .newCertificate, .search, .spec, .specs, .specFiles:
            return one(Self.foreign, Self.absent, Self.own)
        case .target:
            return one("mailfleet/relay", "mulefleet/relais", "web/alpha")
                + one("mailfleet", "mulefleet", "web")
        case .version: return one(String(Self.versions), String(Self.versions + 1), "1")
        case .request:
            return one("renewal.\(certificate).1", "renewal.987654.1", "renewal.1.1")
                + one("publication.\(placement.id).1.publish", "publication.987654.1.publish", "renewal.1.1")
        case .account, .newAccount: return one("zora", "nobody", "wanda")
        case .session: return one(session, People.key("no session"), isMine ? mySession : ownSession)
        case .token:
            return one(token, People.key("no token"), isMine ? myToken : ownToken)
                + one("canary-robot", "no-robot", "robot")
        case .label: return one("team:mail", "team:none", "team:web")
        case .scope: return one("team:mail", "team:none", "team:web")
        case .listAddress:
            let prefix = route.takes?.contains { $0.name == "selection" } ?? false ? "all " : ""
            return one("\(prefix)q=\(Self.foreign)", "\(prefix)q=\(Self.absent)", "\(prefix)q=\(Self.own)")
        case .shared, .plain: return []
        }
    }
}

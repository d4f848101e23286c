import Automation
import Foundation
import Profiles
import Runner
import Storage

/// What keeps a profile's file from being taken away, and what is left behind where it is.
struct ProfileUses: Sendable {
    private static let named = 20

    /// Certificates that name it, as far as the person sees them; at most `named`.
    var certificates: [String] = []
    /// Those that are not named here.
    var others = 0
    /// Issuing profiles that have it take their challenges, and settings that name it.
    var besides: [String] = []
    /// How many targets hold something that it published.
    var holding = 0

    var isUsed: Bool { !certificates.isEmpty || others > 0 || !besides.isEmpty }

    /// All uses count, whoever asks.
    init(_ house: House, _ kind: ProfileSet.Kind, _ name: String, seenBy person: Principal) async throws {
        let all = try await ProfileUsage(house.ledger)
        let seen = try await ProfileUsage(house.ledger) { person.sees($0) }
        func use(_ usage: ProfileUsage) -> ProfileUsage.Use? {
            (kind == .publishing ? usage.publishing : usage.issuing)[name]
        }
        certificates = use(seen)?.examples.sorted() ?? []
        others = (use(all)?.count ?? 0) - certificates.count
        switch kind {
        case .publishing:
            for (issuer, profile) in house.profiles.issuing.sorted(by: { $0.key < $1.key })
            where ShownOptions(profile.options).names(name, under: "publishing") { besides.append("issuing/\(issuer)") }
            holding = try await house.ledger.placements(profile: name).count { $0.held?.number != nil }
        case .issuing: if house.defaults.issuer == name { besides.append("certflow.yaml, for new certificates") }
        }
    }

    /// "www.example.com, shop.example.com and 3 more"
    var words: String {
        let named = certificates + besides
        guard others > 0 else { return WindowWords.list(named) }
        return named.isEmpty
            ? Quantity.words(others, "certificate")
            : "\(named.joined(separator: ", ")) and \(Quantity.words(others)) more"
    }

    func refusal(_ kind: ProfileSet.Kind, _ name: String) -> Problem {
        var problem = Problem(
            409, "profile.in-use", "The \(kind.rawValue) profile \(name) is used by \(words).",
            remedy: "Name another profile there first; it is not deleted while something names it.")
        problem.places = (certificates + besides).map {
            .init($0, "\($0) names it.", remedy: "Name another profile there.")
        }
        return problem
    }
}

extension ShownOptions {
    /// Whether `text` stands under a key of that name, however deep.
    fileprivate func names(_ text: String, under key: String) -> Bool {
        switch self {
        case .group(let values):
            values.contains { name, value in
                if name == key, case .text(text) = value { return true }
                return value.names(text, under: key)
            }
        case .list(let items): items.contains { $0.names(text, under: key) }
        case .text, .integer, .flag: false
        }
    }
}

extension ProfileStore {
    /// Takes the file away, with its text in the audit trail.
    ///
    /// - Parameter before: what was looked at.
    /// - Throws: `Problem` where something names the profile, or somebody changed the file meanwhile.
    func remove(_ before: String, by principal: Principal, reason: String) async throws {
        let uses = try await ProfileUses(house, kind, name, seenBy: principal)
        guard !uses.isUsed else { throw uses.refusal(kind, name) }
        let detail = ["before": People.key(before), "text": before]
        try await replace(before, event: "profile.deleted", by: principal, reason, detail) {
            try house.files.remove(kind.rawValue, name)
        }
    }
}

import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Storage

/// Profiles and issuers: what flows refer to.
enum ProfileAPI {
    static let routes: [Route] = [
        .api(
            .get, "/profiles", .right(.read),
            APIShape("profiles", "All profiles, broken ones too.", answers: "Profile", isPage: true)
        ) { exchange in
            try .json(exchange.page(of: ProfileReport.all(exchange.house.profiles, try await usage(exchange))))
        },
        .api(
            .get, "/profiles/{kind}/{profile}", .right(.read),
            APIShape("profiles", "One profile in full; secrets are references.", answers: "ProfileDetail")
        ) { exchange in
            let (kind, name) = try known(exchange)
            let (set, usage) = (exchange.house.profiles, try await usage(exchange))
            if kind == .publishing, let profile = set.publishing[name] {
                return try .json(ProfileDetail(profile, usage.publishing[name]))
            }
            if kind == .issuing, let profile = set.issuing[name] {
                return try .json(ProfileDetail(profile, usage.issuing[name]))
            }
            try Exchange.refuse((kind == .publishing ? set.brokenPublishing : set.brokenIssuing)[name] ?? [])
            throw unknown(exchange, kind, name)
        },
        .api(
            .get, "/profiles/{kind}/{profile}/text", .right(.administer),
            APIShape("profiles", "The file of a profile.", answers: "ProfileText", isVersioned: true)
        ) { exchange in
            let (kind, name) = try kind(of: exchange)
            guard let text = try exchange.house.files.read(kind.rawValue, name) else {
                throw unknown(exchange, kind, name)
            }
            return try exchange.versioned(ProfileTextForm(text: text), People.key(text))
        },
        .api(
            .put, "/profiles/{kind}/{profile}/text", .right(.administer),
            takes: [APIField("text", .text, required: true, "YAML."), .why],
            APIShape(
                "profiles", "Changes the file of a profile, or makes it: a new one needs no If-Match.",
                answers: "ProfileText", isVersioned: true),
            write),
        .api(
            .delete, "/profiles/{kind}/{profile}", .right(.administer), takes: [.why],
            APIShape(
                "profiles", "Takes a profile's file away; refused while something names the profile.", status: 204,
                isVersioned: true),
            remove),
        .api(
            .post, "/profiles/{kind}/{profile}/check", .right(.operate),
            takes: [APIField("offline", .flag, "Reaches no target.")],
            APIShape(
                "profiles", "Checks a profile, then whether each target can be published to.", answers: "ProfileCheck"),
            check),
        .api(
            .get, "/issuers", .right(.read),
            APIShape("profiles", "All issuing profiles; nothing is asked of a CA.", answers: "Issuer", isPage: true)
        ) { exchange in
            let usage = try await usage(exchange)
            let issuers = ProfileReport.all(exchange.house.profiles, usage).filter { $0.kind == "issuing" }
            return try .json(exchange.page(of: issuers.map { IssuerForm($0) }))
        },
        .api(
            .post, "/issuers/{issuer}/check", .right(.operate),
            APIShape(
                "profiles", "Asks an issuer whether it could issue now; nothing is issued.", answers: "IssuerCheck")
        ) { exchange in
            let name = try exchange.parameter("issuer")
            guard let profile = exchange.house.profiles.issuing[name] else { throw unknown(exchange, .issuing, name) }
            let (report, ends) = try await Rehearsal(exchange.house.outside).issuer(name)
            var check = ProfileCheckReport(ProfileReport(profile, flows: 0))
            check.add(name, "", report.findings)
            try await exchange.house.note(check, of: "issuing/\(name)", by: try exchange.principal)
            return try .json(
                IssuerCheckForm(
                    name: name, usable: !report.findings.contains { $0.weight == .problem }, ends: ends?.rfc3339,
                    findings: report.findings))
        },
    ]

    // MARK: Finding

    private static func usage(_ exchange: Exchange) async throws -> ProfileUsage {
        let person = try exchange.principal
        return try await ProfileUsage(exchange.house.ledger) { person.sees($0) }
    }

    private static func kind(of exchange: Exchange) throws -> (ProfileSet.Kind, String) {
        let name = try exchange.parameter("profile")
        guard let kind = ProfileSet.Kind(rawValue: try exchange.parameter("kind")), OptionText.isName(name) else {
            throw Problem.notFound
        }
        return (kind, name)
    }

    private static func known(_ exchange: Exchange) throws -> (ProfileSet.Kind, String) {
        let (kind, name) = try kind(of: exchange)
        let set = exchange.house.profiles
        let isKnown =
            kind == .publishing
            ? set.publishing[name] != nil || set.brokenPublishing[name] != nil
            : set.issuing[name] != nil || set.brokenIssuing[name] != nil
        guard isKnown else { throw unknown(exchange, kind, name) }
        return (kind, name)
    }

    private static func unknown(_ exchange: Exchange, _ kind: ProfileSet.Kind, _ name: String) -> Problem {
        let known =
            kind == .publishing
            ? exchange.house.profiles.publishing.keys.sorted() : exchange.house.profiles.issuing.keys.sorted()
        return Problem(
            404, "profile.unknown", "There is no \(kind.rawValue) profile \(name).",
            remedy: NearestKey.remedy(for: name, among: known))
    }

    // MARK: Changing

    private static func write(_ exchange: Exchange) async throws -> Reply {
        let (kind, name) = try kind(of: exchange)
        let (house, text) = (exchange.house, exchange.fields["text"] ?? "")
        let before = try house.files.read(kind.rawValue, name)
        if let before { try exchange.requireVersion(People.key(before)) }
        if before == nil, exchange.headers[.ifMatch] != nil {
            throw Problem(
                412, "version.differs", "There is no such file any more.", remedy: "Leave If-Match out to make it.")
        }
        let source = SourceFile(text, path: "\(name).yaml")
        switch kind {
        case .publishing:
            try Exchange.refuse(PublishingProfile.read(source, stem: name, registry: house.outside.registry).problems)
        case .issuing:
            try Exchange.refuse(IssuingProfile.read(source, stem: name, registry: house.outside.registry).problems)
        }
        try await ProfileStore(house: house, kind: kind, name: name).save(
            text, replacing: before, by: exchange.principal, reason: exchange.fields.text("reason", atMost: 1000))
        return try exchange.versioned(ProfileTextForm(text: text), People.key(text))
    }

    private static func remove(_ exchange: Exchange) async throws -> Reply {
        let (kind, name) = try kind(of: exchange)
        guard let before = try exchange.house.files.read(kind.rawValue, name) else {
            throw unknown(exchange, kind, name)
        }
        try exchange.requireVersion(People.key(before))
        try await ProfileStore(house: exchange.house, kind: kind, name: name).remove(
            before, by: exchange.principal, reason: exchange.fields.text("reason", atMost: 1000))
        return Reply(.noContent)
    }

    // MARK: Checking

    private static func check(_ exchange: Exchange) async throws -> Reply {
        let (kind, name) = try known(exchange)
        let (house, usage) = (exchange.house, try await usage(exchange))
        guard
            let report = ProfileReport.all(house.profiles, usage).first(where: {
                $0.name == name && $0.kind == kind.rawValue
            })
        else { throw unknown(exchange, kind, name) }
        var check = ProfileCheckReport(report)
        if !(try exchange.fields.flag("offline")), kind == .publishing, let profile = house.profiles.publishing[name] {
            let rehearsal = Rehearsal(house.outside)
            check.publishesAgain(try await seen(exchange, try await rehearsal.publishesAgain(name)))
            await check.reach(profile, usage.publishing[name]?.examples.first, rehearsal) { error in
                let problem = Problem.of(error)
                return (problem?.message ?? "It could not be looked at.", problem?.remedy)
            }
            try await house.note(check, of: "\(kind.rawValue)/\(name)", by: try exchange.principal)
        }
        return try .json(check)
    }

    private static func seen(_ exchange: Exchange, _ all: [Consequences]) async throws -> [Consequences] {
        let person = try exchange.principal
        var seen: [Consequences] = []
        for consequences in all {
            guard let record = try await exchange.house.ledger.certificate(named: consequences.certificate),
                person.sees(record.labels)
            else { continue }
            seen.append(consequences)
        }
        return seen
    }
}

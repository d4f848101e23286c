import Automation
import Foundation
import PluginKit
import Profiles
import Storage

extension Desk {
    /// One secret, or one that a profile names and nobody stored.
    public struct ListedSecret: Sendable, Hashable {
        public var name: String
        /// Nil where it is missing.
        public var setAt: Instant?
        public var setBy: String?
        /// "publishing/nginx-fleet"
        public var usedBy: [String]
    }

    /// Stores a secret under seal and lets all work that uses it be looked at again.
    /// - Returns: whether it took the place of an earlier one.
    public func setSecret(_ name: String, _ value: Secret, vault: Vault) async throws -> Bool {
        guard Self.isSecretName(name) else {
            throw DeskRefusal(
                "secret.bad-name", "\"\(name)\" is no name for a secret.",
                remedy: "Use letters, digits, dots, dashes and underscores, at most 100, as profiles write them.")
        }
        guard value.count > 0 else {
            throw DeskRefusal(
                "secret.empty", "The value of \(name) is empty.", remedy: "Give it on standard input or with --file.")
        }
        return try await act {
            let known = try await ledger.secret(named: name)
            var at = now()
            // Work that failed tells by this time whether the secret has changed since.
            if let before = known?.setAt, at <= before { at = before + .seconds(1) }
            let record = SecretRecord(
                name: name, sealed: try vault.seal(value, Vault.Place.secret(name)), setAt: at, setBy: person.name)
            return Act(
                result: known != nil, writes: [.putSecret(record)] + (try await work(using: name)),
                events: [event("secret.set", "", name, known == nil ? "new" : "changed")])
        }
    }

    /// - Parameter force: also while a profile names it.
    public func removeSecret(_ name: String, force: Bool) async throws {
        try await act {
            guard try await ledger.secret(named: name) != nil else {
                let names = try await ledger.secrets().map(\.name)
                throw DeskRefusal(
                    "secret.unknown", "There is no secret \"\(name)\".",
                    remedy: NearestKey.of(name, among: names).map { "Did you mean \"\($0)\"?" }
                        ?? "`certflow secret list` lists those that there are.")
            }
            let users = users(of: name)
            guard force || users.isEmpty else {
                throw DeskRefusal(
                    "secret.in-use", "\(name) is used by \(users.joined(separator: ", ")).",
                    remedy:
                        "Take it out of \(users.count == 1 ? "that profile" : "those profiles") first, or remove it "
                        + "all the same with --force: what needs it fails then.")
            }
            return Act(
                result: (), writes: [.removeSecret(name)] + (try await work(using: name)),
                events: [event("secret.removed", "", name, force && !users.isEmpty ? "forced" : "")])
        }
    }

    /// By name; also those that profiles name and nobody stored.
    public func secrets() async throws -> [ListedSecret] {
        var listed: [String: ListedSecret] = [:]
        for record in try await ledger.secrets() {
            listed[record.name] = ListedSecret(
                name: record.name, setAt: record.setAt, setBy: record.setBy, usedBy: users(of: record.name))
        }
        let named = profiles.publishing.values.flatMap(\.secretNames) + profiles.issuing.values.flatMap(\.secretNames)
        for name in named where listed[name] == nil {
            listed[name] = ListedSecret(name: name, usedBy: users(of: name))
        }
        return listed.values.sorted { $0.name < $1.name }
    }

    private static func isSecretName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 100
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
                    || "._-".unicodeScalars.contains(scalar)
            }
    }

    private func users(of secret: String) -> [String] {
        let publishing = profiles.publishing.values.filter { $0.secretNames.contains(secret) }
            .map { "publishing/\($0.name)" }
        let issuing = profiles.issuing.values.filter { $0.secretNames.contains(secret) }.map { "issuing/\($0.name)" }
        return (publishing + issuing).sorted()
    }

    /// Lets everything that uses a secret be looked at: what failed for want of it is tried again.
    private func work(using secret: String) async throws -> [Change.Write] {
        var writes: [Change.Write] = []
        for profile in profiles.publishing.values where profile.secretNames.contains(secret) {
            for placement in try await ledger.placements(profile: profile.name) {
                writes.append(.hasten(PublicationPlanning.dueNow(placement, at: now())))
            }
        }
        let issuing = Set(profiles.issuing.values.filter { $0.secretNames.contains(secret) }.map(\.name))
        guard !issuing.isEmpty else { return writes }
        var last: String?
        while true {
            let page = try await ledger.certificates(after: last, limit: 1000)
            guard let end = page.last else { return writes }
            last = end.name
            for certificate in page where !issuing.isDisjoint(with: certificate.issuers) && !certificate.isRetired {
                let group = WorkGroup.issuer(certificate.issuer)
                writes.append(.hasten(DueRecord(WorkKey(.renewal, certificate.id), at: now(), group: group)))
            }
        }
    }
}

extension PublishingProfile {
    /// The secrets that any of its targets names.
    var secretNames: Set<String> { targets.reduce(into: []) { $0.formUnion($1.options.secretNames) } }
}

extension IssuingProfile {
    var secretNames: Set<String> { options.secretNames }
}

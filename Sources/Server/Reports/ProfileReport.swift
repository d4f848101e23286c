import Automation
import PluginKit
import Profiles
import Storage

/// One profile of the home. The form of `profile list --output json`.
package struct ProfileReport: Codable, Sendable {
    package var name: String
    /// "publishing", "issuing"
    package var kind: String
    /// Nil where its file is broken.
    package var backend: String?
    package var description: String
    package var file: String?
    package var valid: Bool
    /// The names of a publishing profile's targets.
    package var targets: [String]
    /// How many flows refer to it.
    package var flows: Int
    /// What keeps it from being used, each with file, line and column.
    package var problems: [String]

    package init(_ profile: PublishingProfile, flows: Int) {
        name = profile.name
        kind = "publishing"
        backend = profile.publisher
        description = profile.description
        file = profile.file
        valid = true
        targets = profile.targets.map(\.name)
        self.flows = flows
        problems = []
    }

    package init(_ profile: IssuingProfile, flows: Int) {
        name = profile.name
        kind = "issuing"
        backend = profile.issuer
        description = profile.description
        file = profile.file
        valid = true
        targets = []
        self.flows = flows
        problems = []
    }

    package init(broken name: String, _ kind: String, _ problems: [OptionProblem], flows: Int) {
        self.name = name
        self.kind = kind
        description = ""
        file = problems.first?.position.file
        valid = false
        targets = []
        self.flows = flows
        self.problems = problems.map(\.description)
    }

    package static func all(_ set: ProfileSet, _ usage: ProfileUsage) -> [ProfileReport] {
        var reports = set.issuing.values.map { ProfileReport($0, flows: usage.issuing[$0.name]?.count ?? 0) }
        reports += set.brokenIssuing.map {
            ProfileReport(broken: $0.key, "issuing", $0.value, flows: usage.issuing[$0.key]?.count ?? 0)
        }
        reports += set.publishing.values.map { ProfileReport($0, flows: usage.publishing[$0.name]?.count ?? 0) }
        reports += set.brokenPublishing.map {
            ProfileReport(broken: $0.key, "publishing", $0.value, flows: usage.publishing[$0.key]?.count ?? 0)
        }
        return reports.sorted { ($0.kind, $0.name) < ($1.kind, $1.name) }
    }
}

/// Which certificates refer to which profiles.
package struct ProfileUsage {
    package struct Use {
        private static let examplesKept = 20

        package private(set) var count = 0
        /// The first few; those with a version before those without.
        package private(set) var examples: [String] = []

        package mutating func add(_ name: String, hasVersion: Bool) {
            count += 1
            guard count <= Self.examplesKept else { return }
            if hasVersion { examples.insert(name, at: 0) } else { examples.append(name) }
        }
    }

    private static let page = 500

    package private(set) var publishing: [String: Use] = [:]
    package private(set) var issuing: [String: Use] = [:]

    /// - Parameter sees: whether certificates with these labels count.
    package init(
        _ ledger: any LedgerReading, sees: @Sendable ([String: String]) -> Bool = { _ in true }
    ) async throws {
        var last: Int64 = 0
        while true {
            let page = try await ledger.overviews(after: last, limit: Self.page)
            guard let end = page.last else { return }
            last = end.certificate.id
            for overview in page where !overview.certificate.isRetired && sees(overview.certificate.labels) {
                count(overview)
            }
        }
    }

    private mutating func count(_ overview: CertificateOverview) {
        let certificate = overview.certificate
        let hasVersion = overview.state.current > 0
        for profile in certificate.flow.profiles {
            publishing[profile, default: Use()].add(certificate.name, hasVersion: hasVersion)
        }
        for profile in certificate.issuers {
            issuing[profile, default: Use()].add(certificate.name, hasVersion: hasVersion)
        }
    }
}

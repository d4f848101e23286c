import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// What a publication would do, and whether backends could do it, without doing anything.
public struct Rehearsal: Sendable {
    let outside: RunnerDependencies

    public init(_ dependencies: RunnerDependencies) { outside = dependencies }

    private var profiles: ProfileSet { outside.profiles.current }

    // MARK: Publishing

    /// One version as it would be rendered for one target; nothing in it is secret.
    public struct Rendering: Sendable {
        public struct Artifact: Sendable, Hashable {
            public var content: PluginKit.Artifact.Content
            /// Keyed per home where the form is private, so that it tells nothing.
            public var digest: Data
            /// In bytes.
            public var size: Int
        }

        public var version: Int
        /// With `Secret` values in their place: those can't be shown.
        public var options: Options
        public var artifacts: [Artifact]
        /// What it owns on the target.
        public var places: [String]
        /// What a publisher of requests would send; secrets are masked.
        public var requests: [PlannedRequest]
        public var test: [String]?
        public var reload: [String]?
        /// In words: "a TLS handshake with web-1:443 for www.example.com".
        public var proof: String?
        /// Whether the target held exactly this, by the last look; nil where it is no target of this certificate.
        public var isHeld: Bool?
    }

    /// Renders the newest version of a certificate for one target of a profile, whether its flow names it or not.
    /// - Throws: `DeskRefusal`, `PluginFailure`, `StorageError`.
    public func render(_ certificate: String, profile: String, target: String) async throws -> Rendering {
        let context = try await context(certificate, profile, target)
        guard context.state.current > 0 else {
            throw DeskRefusal(
                "certificate.no-version", "\(certificate) has no version yet: there is nothing to render.",
                remedy: "`certflow run` issues the first one.")
        }
        let prepared = try await DeliveryMaker(outside).prepare(context, version: context.state.current)
        return try await rendering(context, prepared, TargetCommands(outside).publisher(prepared))
    }

    /// What `publisher` would be handed, and what it would do with it; reaches nothing.
    func rendering(
        _ context: PublicationContext, _ prepared: PreparedDelivery, _ publisher: any Publisher
    ) async throws -> Rendering {
        let held = context.placement.held
        let requests = try await publisher.preview(prepared.delivery)
        return Rendering(
            version: prepared.version.number, options: prepared.delivery.options,
            artifacts: prepared.delivery.artifacts.map {
                Rendering.Artifact(content: $0.content, digest: $0.digest, size: $0.bytes.count)
            },
            places: prepared.places, requests: requests,
            test: try prepared.profile.test.map { try shown($0, prepared) },
            reload: try prepared.profile.reload.map { try shown($0, prepared) },
            proof: try prepared.profile.proof.map { try shown($0, prepared) },
            isHeld: context.placement.id == 0 ? nil : held?.delivery == prepared.delivery.id)
    }

    /// The publisher's dry run for one target: connects, authenticates, may it write there. Changes nothing.
    /// - Throws: `DeskRefusal`, `PluginFailure`, `StorageError`.
    public func check(_ certificate: String, profile: String, target: String) async throws -> CheckReport {
        let context = try await context(certificate, profile, target)
        let maker = DeliveryMaker(outside)
        let (backend, delivery) = try await maker.bare(context)
        let publisher = try await backend.make(Options(), PluginContext(outside, scope: "publishing/\(profile)"))
        return try await outside.clock.bounded("The check", outside.settings.callLimit) {
            try await publisher.check(delivery)
        }
    }

    /// The same for a profile that publishes challenges, which no certificate names.
    /// - Throws: `PluginFailure`, `StorageError`.
    public func checkForChallenges(profile: String, target name: String) async throws -> CheckReport {
        guard let target = profiles.publishing[profile]?.targets.first(where: { $0.name == name }) else {
            throw PluginFailure.profileMissing("target of the publishing", "\(profile)/\(name)")
        }
        return try await PublishingSolver(outside, profile: profile).check(target)
    }

    /// What a target holds now, as its publisher sees it; nil where it can't be read.
    /// - Throws: `DeskRefusal`, `PluginFailure`, `StorageError`.
    public func found(_ context: PublicationContext) async throws -> FoundCertificate? {
        let (backend, delivery) = try await DeliveryMaker(outside).bare(context)
        guard backend.manifest.capabilities.contains(.inspect) else { return nil }
        let scope = "publishing/\(context.placement.profile)"
        let publisher = try await backend.make(Options(), PluginContext(outside, scope: scope))
        let presence = try await outside.clock.bounded("Looking at the target", outside.settings.callLimit) {
            try await publisher.inspect(delivery)
        }
        guard case .certificates(let chain) = presence else { return nil }
        return outside.tools.describe(chain)
    }

    // MARK: Issuing

    /// What an issuer says of itself, and when what signs new certificates ends; nil where it isn't known.
    /// - Throws: `PluginFailure`, `StorageError`.
    public func issuer(_ profile: String) async throws -> (report: CheckReport, ends: Instant?) {
        let issuer = try await Issuers(outside).issuer(profile: profile)
        return try await outside.clock.bounded("The check", outside.settings.callLimit) {
            let ends = try await issuer.expires().map { Instant($0) }
            return (try await issuer.check(), ends)
        }
    }

    // MARK: Parts

    /// As a target of the flow sees it, or would see it if the flow named it.
    private func context(_ name: String, _ profile: String, _ target: String) async throws -> PublicationContext {
        guard let record = try await outside.ledger.certificate(named: name),
            let overview = try await outside.ledger.overview(record.id)
        else { throw DeskRefusal.unknownCertificate(name) }
        if let placement = overview.placements.first(where: { $0.profile == profile && $0.target == target }),
            let context = try await outside.ledger.publicationContext(placement.id)
        {
            return context
        }
        let placement = PlacementRecord(
            id: 0, certificate: record.id, profile: profile, target: target, createdAt: outside.clock.now())
        return PublicationContext(
            certificate: overview.certificate, state: overview.state,
            versions: try await outside.ledger.versions(of: record.id, limit: PublicationContext.versionsRead),
            placement: placement, wish: PlacementWish(placement: 0), publications: [], siblings: [placement])
    }

    private func shown(_ step: CommandStep, _ prepared: PreparedDelivery) throws -> [String] {
        try step.arguments.map { try shown($0, prepared) }
    }

    private func shown(_ proof: ProofStep, _ prepared: PreparedDelivery) throws -> String {
        switch proof {
        case .readBack: return "the publisher reads it back"
        case .tls(let connect, let serverName, let within, let startTLS):
            let name = try serverName.map { " for \(try shown($0, prepared))" } ?? ""
            let before = startTLS.map { " after STARTTLS (\($0.rawValue))" } ?? ""
            return "a TLS handshake\(before) with \(try shown(connect, prepared))\(name), within "
                + Wording.words(within)
        }
    }

    private func shown(_ template: Template, _ prepared: PreparedDelivery) throws -> String {
        do throws(TemplateProblem) {
            return try template.render(prepared.variables).masked
        } catch {
            throw PluginFailure(
                .configuration, code: "profile.rendering",
                message: "\(prepared.profile.name) can't be filled in: \(error.message)", remedy: error.remedy)
        }
    }
}

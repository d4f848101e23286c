import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// One version made ready for one target: options rendered, artifacts made, secrets resolved. Lives as long as one try.
struct PreparedDelivery: Sendable {
    var profile: PublishingProfile
    var backend: Backend<any Publisher>
    var version: VersionRecord
    var chain: [Data]
    var delivery: Delivery
    var variables: TemplateVariables
    /// The places that it owns on the target.
    var places: [String]
    /// What must not stand in any output.
    var secrets: [Secret]

    /// For verbs that write nothing: the same without artifacts.
    var bare: Delivery {
        var bare = delivery
        bare.artifacts = []
        return bare
    }
}

/// Makes deliveries.
struct DeliveryMaker {
    private let outside: RunnerDependencies

    init(_ outside: RunnerDependencies) { self.outside = outside }

    /// - Throws: `PluginFailure` (`configuration`) where profile, backend, target, key or a secret is missing.
    func prepare(_ context: PublicationContext, version number: Int) async throws -> PreparedDelivery {
        let placement = context.placement
        let (profile, target, backend) = try place(placement)
        guard let version = try await outside.ledger.version(of: context.certificate.id, number: number),
            let material = try await outside.ledger.material(of: context.certificate.id, number: number)
        else {
            throw PluginFailure(
                .bug, code: "version.missing", message: "Version \(number) of \(context.certificate.name) is gone.",
                remedy: "Renew it with `certflow renew \(context.certificate.name) --force`.")
        }
        let secrets = try await Secrets(outside).values(target.options.secretNames)
        let artifacts = try await artifacts(context, version, material, target, secrets)
        let facts = version.facts(certificate: context.certificate.name)
        let variables = TemplateCatalog.variables(version: facts, target: target)
        let options = try render(target, variables, secrets)
        let schema = backend.manifest.options
        let form = options.canonicalForm(schema, artifacts: artifacts)
        let id = Digests.sha256(form + version.fingerprint.sha256).prefix(16).hexadecimal
        let previous = placement.held?.number.flatMap { context.version($0) }
        return PreparedDelivery(
            profile: profile, backend: backend, version: version, chain: material.chain,
            delivery: Delivery(
                id: id, version: facts, previous: previous?.facts(certificate: context.certificate.name),
                target: target.name, options: options, artifacts: artifacts,
                deadline: outside.callDeadline),
            variables: variables, places: options.places(schema).map { Places.name(profile.publisher, $0) },
            secrets: Array(secrets.values))
    }

    /// For verbs that write nothing, where there may be no version yet.
    /// - Throws: `PluginFailure` (`configuration`) where profile, backend, target or a secret is missing.
    func bare(_ context: PublicationContext) async throws -> (backend: Backend<any Publisher>, delivery: Delivery) {
        let (_, target, backend) = try place(context.placement)
        let certificate = context.certificate
        let facts =
            context.version(context.state.current)?.facts(certificate: certificate.name)
            ?? VersionFacts(unissued: certificate)
        let secrets = try await Secrets(outside).values(target.options.secretNames)
        let options = try render(target, TemplateCatalog.variables(version: facts, target: target), secrets)
        let delivery = Delivery(
            id: "", version: facts, target: target.name, options: options,
            deadline: outside.callDeadline)
        return (backend, delivery)
    }

    private func place(
        _ placement: PlacementRecord
    ) throws -> (PublishingProfile, PublishingProfile.Target, Backend<any Publisher>) {
        guard let profile = outside.profiles.current.publishing[placement.profile] else {
            throw PluginFailure.profileMissing("publishing", placement.profile)
        }
        guard !profile.isForChallenges else { throw PluginFailure.onlyForChallenges(profile.name) }
        guard let target = profile.targets.first(where: { $0.name == placement.target }) else {
            throw PluginFailure.profileMissing("target of the publishing", placement.name)
        }
        guard let backend = outside.registry.publishers[profile.publisher] else {
            throw PluginFailure.backendMissing(profile.publisher)
        }
        return (profile, target, backend)
    }

    private func artifacts(
        _ context: PublicationContext, _ version: VersionRecord, _ material: VersionMaterial,
        _ target: PublishingProfile.Target, _ secrets: [String: Secret]
    ) async throws -> [Artifact] {
        let requests = target.options.artifactRequests
        var key: Secret?
        if requests.contains(where: \.content.isPrivate) {
            guard let sealed = material.sealedKey else {
                throw PluginFailure(
                    .configuration, code: "version.key-missing",
                    message:
                        "The private key of \(context.certificate.name) version \(version.number) is not kept here.",
                    remedy: "Renew it, or import it with its key.")
            }
            key = try outside.vault.open(sealed, Vault.Place.key(of: context.certificate.id, version: version.number))
        }
        return try await outside.tools.render(
            RenderingJob(
                certificate: context.certificate.name, chain: material.chain, key: key, requests: requests,
                passphrases: secrets, artifactKey: outside.vault.artifactKey))
    }

    private func render(
        _ target: PublishingProfile.Target, _ variables: TemplateVariables, _ secrets: [String: Secret]
    ) throws -> Options {
        do {
            return try target.options.render(variables) { name in
                guard let secret = secrets[name] else { throw PluginFailure.secretMissing(name) }
                return secret
            }
        } catch let problem as OptionProblem {
            throw PluginFailure(
                .configuration, code: "profile.rendering", message: "\(problem.position): \(problem.message)",
                remedy: problem.remedy)
        }
    }
}

import Automation
import Foundation
import PluginKit
import Profiles

/// Answers http-01 (RFC 8555, 8.3) with a file that a publishing profile takes to each of its targets.
///
/// Every challenge is a delivery of its own, named after its token: those of several orders stand side by side, and what
/// is removed is the one file whose content is still ours.
struct PublishingSolver: ChallengeSolver {
    private let outside: RunnerDependencies
    private let profile: PublishingProfile
    private let backend: Backend<any Publisher>

    /// - Throws: `PluginFailure` (`configuration`) where the profile can't be used for challenges.
    init(_ outside: RunnerDependencies, profile name: String) throws {
        let set = outside.profiles.current
        guard let profile = set.publishing[name] else {
            let absence = set.absence(of: name, .publishing)
            throw PluginFailure(
                .configuration, code: "profile.missing",
                message: absence?.message ?? "There is no valid publishing profile \"\(name)\".",
                remedy: absence?.remedy ?? "See `certflow profile list`.")
        }
        guard profile.isForChallenges else { throw PluginFailure.notForChallenges(name) }
        guard let backend = outside.registry.publishers[profile.publisher] else {
            throw PluginFailure.backendMissing(profile.publisher)
        }
        self.outside = outside
        self.profile = profile
        self.backend = backend
    }

    /// The publisher's dry run, as if a challenge were published to that target. Changes nothing.
    func check(_ target: PublishingProfile.Target) async throws -> CheckReport {
        let challenge = Challenge(
            form: .http01, subject: "check.invalid", token: "check", keyAuthorization: "check.check")
        let place = try await place(challenge, target).bare
        let publisher = try await publisher()
        return try await bounded("The check") { try await publisher.check(place.delivery) }
    }

    func present(_ challenge: Challenge, _ journal: any Journal) async throws -> Handle {
        guard challenge.form == .http01, Self.isToken(challenge.token) else {
            throw PluginFailure.notPublishable(profile.name, challenge.subject)
        }
        let handle = try Handle(["profile": profile.name])
        try await journal.record(.presented, handle)
        let publisher = try await publisher()
        try await onEachTarget("published", challenge) { target in
            let place = try await place(challenge, target)
            _ = try await bounded("Publishing") { try await publisher.publish(place.delivery, NotesOnly(journal)) }
            guard let reload = profile.reload else { return }
            try await TargetCommands(outside).run("reload", reload, place.bare)
        }
        return handle
    }

    /// Each target has taken it, or `present` would have failed.
    func propagated(_ challenge: Challenge, _ handle: Handle) async throws -> Bool { true }

    func cleanUp(_ challenge: Challenge, _ handle: Handle) async throws {
        let publisher = try await publisher()
        try await onEachTarget("removed", challenge) { target in
            let place = try await place(challenge, target)
            _ = try await bounded("Removing") { try await publisher.withdraw(place.delivery) }
        }
    }

    // MARK: Targets

    /// One that fails holds up no other; the first of them in the profile's order is told.
    private func onEachTarget(
        _ deed: String, _ challenge: Challenge,
        _ body: @escaping @Sendable (PublishingProfile.Target) async throws -> Void
    ) async throws {
        let failures = await withTaskGroup(of: (Int, any Error)?.self) { group in
            for (index, target) in profile.targets.enumerated() {
                group.addTask {
                    do {
                        try await body(target)
                        return nil
                    } catch {
                        return (index, error)
                    }
                }
            }
            var failures: [Int: any Error] = [:]
            for await failure in group {
                if let (index, error) = failure { failures[index] = error }
            }
            return failures
        }
        try Task.checkCancellation()
        for (index, target) in profile.targets.enumerated() {
            guard let error = failures[index] else { continue }
            throw PluginFailure.challengeNot(deed, challenge.subject, "\(profile.name)/\(target.name)", error)
        }
    }

    private func place(
        _ challenge: Challenge, _ target: PublishingProfile.Target
    ) async throws -> TargetCommands.Place {
        let secrets = try await Secrets(outside).values(target.options.secretNames)
        let variables = TemplateCatalog.variables(challenge: challenge, target: target)
        let options: Options
        do {
            options = try target.options.render(variables) { name in
                guard let secret = secrets[name] else { throw PluginFailure.secretMissing(name) }
                return secret
            }
        } catch let problem as OptionProblem {
            throw PluginFailure(
                .configuration, code: "profile.rendering", message: "\(problem.position): \(problem.message)",
                remedy: problem.remedy)
        }
        let answer = Data(challenge.keyAuthorization.utf8)
        let artifacts = target.options.artifactRequests.map { request in
            Artifact(content: request.content, digest: Digests.sha256(answer), bytes: Secret(answer))
        }
        let form = options.canonicalForm(backend.manifest.options, artifacts: artifacts)
        let delivery = Delivery(
            id: Digests.sha256(form).prefix(16).hexadecimal, version: VersionFacts(challenge: challenge),
            target: target.name, options: options, artifacts: artifacts,
            deadline: outside.callDeadline)
        return TargetCommands.Place(
            profile: profile.name, backend: backend, delivery: delivery, variables: variables,
            secrets: Array(secrets.values))
    }

    private func publisher() async throws -> any Publisher {
        try await TargetCommands(outside).publisher(backend, profile.name)
    }

    private func bounded<Result: Sendable>(
        _ what: String, _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        try await outside.clock.bounded(what, outside.settings.callLimit, body)
    }

    /// Of the base64url alphabet (RFC 8555, 8.1), and no longer than the name of a file may be.
    private static func isToken(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension TargetCommands.Place {
    /// For verbs that write nothing.
    fileprivate var bare: Self {
        var bare = self
        bare.delivery.artifacts = []
        return bare
    }
}

extension VersionFacts {
    /// A challenge is no version: it has a name, and that is all that layouts ask for. It never changes, so that a try
    /// after a crash finds what the one before began.
    fileprivate init(challenge: Challenge) {
        self.init(
            certificate: challenge.subject, number: 0, subjects: [challenge.subject],
            fingerprint: Fingerprint(sha256: Data()), serial: "", notBefore: .distantPast, notAfter: .distantPast)
    }
}

/// The publisher's own steps need no record: the same challenge is published again, and removed, from wherever a try
/// ended.
private struct NotesOnly: Journal {
    let journal: any Journal

    init(_ journal: any Journal) { self.journal = journal }

    func record(_ step: Step, _ handle: Handle) async throws {}
    func note(_ text: String) { journal.note(text) }
}

extension PluginFailure {
    static func onlyForChallenges(_ profile: String) -> Self {
        Self(
            .configuration, code: "profile.for-challenges",
            message: "The publishing profile \(profile) is for challenges: it publishes no certificates.",
            remedy: "Name another profile in the flow with `certflow apply`.")
    }

    fileprivate static func notForChallenges(_ profile: String) -> Self {
        Self(
            .configuration, code: "profile.not-for-challenges",
            message: "The publishing profile \(profile) publishes certificates: it can't answer challenges.",
            remedy: "Name a profile whose file has `content: challenge`; `acme-challenges` is one, ready to fill in.")
    }

    fileprivate static func notPublishable(_ profile: String, _ subject: String) -> Self {
        Self(
            .policy, code: "challenge.not-publishable",
            message: "The challenge for \(subject) is none that the profile \(profile) can publish.",
            remedy: "Prove the name another way: `challenges` in the issuing profile says which are tried.")
    }

    /// As the target's own failure, named after the target.
    fileprivate static func challengeNot(
        _ deed: String, _ subject: String, _ place: String, _ error: any Error
    ) -> Self {
        let cause = (error as? StageFailure)?.failure ?? error as? PluginFailure
        return Self(
            cause?.kind ?? .transient, code: cause?.code ?? "challenge.unexpected",
            message: "The challenge for \(subject) could not be \(deed) at \(place): \(cause?.message ?? "\(error)")",
            remedy: cause?.remedy ?? "It is tried again; `certflow profile check` looks at the target.",
            retryAfter: cause?.retryAfter)
    }
}

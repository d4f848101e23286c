import Automation
import PluginKit

extension ChallengeSolvers {
    /// The solvers of one profile, as it sets them up.
    init(_ settings: ChallengeSettings, _ context: PluginContext, _ listeners: ChallengeListeners) {
        self.init(
            forms: { subject in settings.order.filter { settings.canProve(subject, by: $0) } },
            solver: { form, subject in
                guard settings.order.contains(form), settings.canProve(subject, by: form),
                    let solver = try await settings.solver(form, subject, context, listeners)
                else { throw PluginFailure.noSolver(for: form, subject.description) }
                return solver
            }, check: { await settings.findings(context, listeners) })
    }
}

extension ChallengeSettings {
    /// Wildcards are proved by dns-01 alone (RFC 8555, 7.1.3), addresses never by it (RFC 8738, 7).
    fileprivate func canProve(_ subject: Subject, by form: Challenge.Form) -> Bool {
        switch form {
        case .http01, .tlsALPN01: !subject.isWildcard
        case .dns01: dns01(for: subject) != nil
        case .dnsPersist01: false
        }
    }

    fileprivate func solver(
        _ form: Challenge.Form, _ subject: Subject, _ context: PluginContext, _ listeners: ChallengeListeners
    ) async throws -> (any ChallengeSolver)? {
        switch form {
        case .http01:
            guard let http01 else { return nil }
            return try await solver(http01, context, listeners)
        case .dns01: return dns01(for: subject)?.solver(context, listeners)
        case .tlsALPN01:
            guard let tlsALPN01 else { return nil }
            return ALPNSolver(
                places: tlsALPN01, isStandard: tlsALPN01IsStandard, listeners: listeners, context: context)
        case .dnsPersist01: return nil
        }
    }

    private func solver(
        _ http01: HTTP01, _ context: PluginContext, _ listeners: ChallengeListeners
    ) async throws -> any ChallengeSolver {
        switch http01 {
        case .listen(let places, let isStandard):
            ListenerSolver(places: places, isStandard: isStandard, listeners: listeners)
        case .webroot(let root): WebrootSolver(root: root)
        case .publishing(let name): try await context.solver(name)
        }
    }
}

extension DNS01Settings {
    /// What the DNS looks like for this group.
    func view(_ context: PluginContext, _ listeners: ChallengeListeners) -> DNSView {
        let primary: HostPort? = if case .update(let server, _) = method { server } else { nil }
        return DNSView(
            client: DNSClient(loop: listeners.loop, entropy: context.entropy, patience: listeners.answerTime),
            primary: primary,
            resolvers: resolver.map { [$0] } ?? NameServers.system())
    }

    fileprivate func solver(_ context: PluginContext, _ listeners: ChallengeListeners) -> any ChallengeSolver {
        let view = view(context, listeners)
        switch method {
        case .update(let server, let key):
            return UpdateSolver(settings: self, server: server, key: key, view: view, clock: context.clock)
        case .hook(let command, let cleanUp, let convention):
            return HookSolver(
                settings: self, command: command, cleanUpCommand: cleanUp, convention: convention, view: view,
                context: context)
        }
    }
}

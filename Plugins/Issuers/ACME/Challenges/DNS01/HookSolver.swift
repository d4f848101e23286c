import Foundation
import PluginKit

/// Has a program of the operator's put the record of dns-01 into its zone.
struct HookSolver: ChallengeSolver {
    /// Some providers' interfaces are slow, and hooks like to wait until they see their record.
    private static let timeout = Duration.seconds(600)

    let settings: DNS01Settings
    let command: [String]
    /// Of certbot's convention; nil: nothing removes the record.
    let cleanUpCommand: [String]?
    let convention: HookConvention
    let view: DNSView
    let context: PluginContext

    func present(_ challenge: Challenge, _ journal: any Journal) async throws -> Handle {
        let checked = try CheckedChallenge(challenge, .dns01)
        guard let record = DNSName("_acme-challenge." + checked.domain) else {
            throw PluginFailure.challengeSubject(challenge.subject)
        }
        let name = convention == .lego ? try await target(of: record) : record
        var call = HookCall(checked, name: name, by: convention)
        let handle = try Handle(call)
        try await journal.record(.presented, handle)
        let output = try await run(command + call.arguments("present"), call, "present", checked)
        guard convention == .certbot else { return handle }
        call.keep(output: output)
        let final = try Handle(call)
        try await journal.record(.presented, final)
        return final
    }

    func propagated(_ challenge: Challenge, _ handle: Handle) async throws -> Bool {
        if settings.checksPropagation {
            let call = try handle.decode(HookCall.self)
            guard let record = DNSName(call.name) else { return false }
            let name = try await view.target(of: record)
            let zone = try await view.zone(of: name)
            guard try await Propagation(view: view).isComplete(name, call.value, in: zone) else { return false }
        }
        try await settings.pause(by: context.clock)
        return true
    }

    func cleanUp(_ challenge: Challenge, _ handle: Handle) async throws {
        let call = try handle.decode(HookCall.self)
        guard let command = call.convention == .certbot ? cleanUpCommand : command else { return }
        _ = try await run(command + call.arguments("cleanup"), call, "clean up", nil)
    }

    /// As lego does it: where the aliases can't be seen from here, the name itself.
    private func target(of record: DNSName) async throws -> DNSName {
        let name: DNSName
        do {
            name = try await view.target(of: record)
        } catch let failure as PluginFailure where failure.kind == .transient {
            return record
        }
        guard name.isPlain else { throw PluginFailure.strangeAlias(of: record, name) }
        return name
    }

    /// - Returns: what it said.
    private func run(
        _ arguments: [String], _ call: HookCall, _ verb: String, _ challenge: CheckedChallenge?
    ) async throws -> String {
        let result = try await context.run(Command(arguments, timeout: Self.timeout), call.environment)
        guard result.succeeded else {
            let secrets = [challenge?.keyAuthorization, challenge?.token, call.keyAuthorization, call.token]
            let said = secrets.compactMap(\.self).reduce(result.output) { text, secret in
                text.replacing(secret, with: "(key authorization)")
            }
            throw PluginFailure.hookFailed(arguments.first ?? "", verb, call.domain, result.ending, said: said)
        }
        return result.output
    }
}

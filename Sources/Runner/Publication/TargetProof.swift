import Automation
import Foundation
import PluginKit
import Profiles
import Storage

/// Looks at what a target serves, and says whether it is what was published.
struct TargetProof {
    /// So many good answers in a row are a proof: a load balancer may hide an old server behind the first.
    private static let answersNeeded = 3

    struct Finding {
        var record: ProofRecord
        /// What is shown instead, where it could be read.
        var shown: FoundCertificate?

        var isGood: Bool { record.outcome == .serving }
    }

    private let outside: RunnerDependencies

    init(_ outside: RunnerDependencies) { self.outside = outside }

    /// Looks until there were enough good answers in a row, or the time of the profile is over.
    /// - Parameters:
    ///   - limit: the longest it looks, however long the profile lets it.
    ///   - isStopping: whether to look no longer.
    /// - Throws: `WorkStopped.cancelled` where it was stopped before it knew.
    func prove(
        _ prepared: PreparedDelivery, atMost limit: Span = .hours(24), isStopping: () -> Bool = { false }
    ) async throws -> Finding {
        switch prepared.profile.proof {
        case nil, .readBack: return try await readBack(prepared)
        case .tls(let connect, let serverName, let within, let startTLS):
            var endpoint = try self.endpoint(connect, serverName, prepared)
            endpoint.startTLS = startTLS
            let end = outside.clock.now() + min(within, limit)
            var good = 0
            while true {
                let finding = await look(endpoint, prepared)
                good = finding.isGood ? good + 1 : 0
                if good >= Self.answersNeeded { return finding }
                if !finding.isGood, outside.clock.now() >= end { return finding }
                if isStopping() { throw WorkStopped.cancelled }
                try await outside.clock.sleep(finding.isGood ? .milliseconds(20) : .milliseconds(500))
            }
        }
    }

    /// One look at the endpoint of the profile, for what it serves now; nil where the profile names none.
    func look(_ prepared: PreparedDelivery) async throws -> Finding? {
        guard case .tls(let connect, let serverName, _, let startTLS)? = prepared.profile.proof else { return nil }
        var endpoint = try self.endpoint(connect, serverName, prepared)
        endpoint.startTLS = startTLS
        return await look(endpoint, prepared)
    }

    private func look(_ endpoint: Endpoint, _ prepared: PreparedDelivery) async -> Finding {
        let presented = await outside.probe(endpoint)
        let verdict = Proof.judge(expected: prepared.chain, presented: presented) { leaf in
            outside.tools.describe([leaf])?.label ?? "something that is no certificate"
        }
        switch verdict {
        case .serving: return Finding(record: ProofRecord(outcome: .serving, at: outside.clock.now()))
        case .different(let lines):
            let other = presented.lazy.compactMap { answer -> [Data]? in
                guard case .chain(let chain) = answer.answer, chain.first != prepared.chain.first else { return nil }
                return chain
            }.first
            return Finding(
                record: ProofRecord(outcome: .different, at: outside.clock.now(), lines: lines),
                shown: other.flatMap(outside.tools.describe))
        case .silent(let lines):
            return Finding(record: ProofRecord(outcome: .unreachable, at: outside.clock.now(), lines: lines))
        }
    }

    /// Looks once more at a target that was proved before, for what became of it. Where nobody answers, it is read back:
    /// what is gone from its place is published again, however silent the service is without it.
    func proveAgain(
        _ prepared: PreparedDelivery, within limit: Span, isStopping: () -> Bool
    ) async throws -> Finding {
        let finding = try await prove(prepared, atMost: limit, isStopping: isStopping)
        guard finding.record.outcome == .unreachable, case .tls? = prepared.profile.proof else { return finding }
        do {
            let stored = try await readBack(prepared)
            guard stored.record.outcome == .different else { return finding }
            var seen = stored
            seen.record.lines = finding.record.lines + stored.record.lines
            return seen
        } catch {
            _ = try StageFailure(classifying: error, step: "prove", journalled: true)
            return finding  // neither answers: nothing is known
        }
    }

    private func readBack(_ prepared: PreparedDelivery) async throws -> Finding {
        let presence = try await inspect(prepared)
        let now = outside.clock.now()
        switch presence {
        case .certificates(let chain) where chain.first == prepared.chain.first:
            return Finding(record: ProofRecord(outcome: .serving, at: now))
        case .certificates(let chain):
            let shown = outside.tools.describe(chain)
            let line = "The target holds \(shown?.label ?? "something that is no certificate")."
            return Finding(record: ProofRecord(outcome: .different, at: now, lines: [line]), shown: shown)
        case .nothing:
            return Finding(record: ProofRecord(outcome: .different, at: now, lines: ["The target holds nothing."]))
        case .unreadable(let words):
            return Finding(record: ProofRecord(outcome: .different, at: now, lines: [words]))
        case .unknowable:
            return Finding(
                record: ProofRecord(
                    outcome: .unreachable, at: now, lines: ["This target can't be read back: give `prove.tls`."]))
        }
    }

    /// What the target holds, as its publisher sees it.
    func inspect(_ prepared: PreparedDelivery) async throws -> Presence {
        guard prepared.backend.manifest.capabilities.contains(.inspect) else { return .unknowable }
        let publisher = try await TargetCommands(outside).publisher(prepared)
        let delivery = outside.timed(prepared.bare)
        return try await outside.clock.bounded("Looking at the target", outside.settings.callLimit) {
            try await publisher.inspect(delivery)
        }
    }

    private func endpoint(
        _ connect: Template, _ serverName: Template?, _ prepared: PreparedDelivery
    ) throws -> Endpoint {
        do {
            let address = try connect.render(prepared.variables).text
            let name = try serverName?.render(prepared.variables).text
            guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
                (1...65_535).contains(port)
            else {
                throw TemplateProblem(
                    "`\(address)` is no `host:port`.", remedy: "Write for example `{{target.host}}:443`.")
            }
            var host = String(address[..<colon])
            if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
            return Endpoint(
                host: host, port: port, serverName: name.flatMap { Subject($0).flatMap(Self.sni) },
                keyType: prepared.version.keyType ?? .ecdsaP256)
        } catch let problem as TemplateProblem {
            throw PluginFailure(
                .configuration, code: "profile.rendering",
                message: "prove.tls of \(prepared.profile.name): \(problem.message)", remedy: problem.remedy)
        }
    }

    /// SNI carries host names only (RFC 6066, 3); a wildcard is asked for by a name that it covers.
    private static func sni(_ subject: Subject) -> String? {
        guard case .dns(let name) = subject else { return nil }
        return name.hasPrefix("*.") ? "certflow-proof" + name.dropFirst() : name
    }
}

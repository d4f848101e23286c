import Curl
import Foundation
import PluginKit

extension HTTPPublisher {
    public func check(_ delivery: Delivery) async throws -> CheckReport {
        do {
            var options = try HTTPOptions(delivery.options)
            // A check can be had at any time, of whatever a profile names: it is no way to read what answers there.
            options.tellsAnswers = false
            var findings = try await loggedIn(options, delivery) { try await looked(&$0) }
            if !options.login.isEmpty { findings.insert(.init(.fact, "\(options.server) let certflow in."), at: 0) }
            return CheckReport(findings + Self.advice(options))
        } catch let failure as PluginFailure {
            return CheckReport([.init(.problem, failure.message, remedy: failure.remedy)])
        }
    }

    private func looked(_ session: inout Session) async throws -> [CheckReport.Finding] {
        let options = session.options
        guard !options.inspect.isEmpty else {
            return [
                .init(
                    .warning, "The profile gives no `inspect`: what \(options.server) holds can't be looked at.",
                    remedy: "Add the request that reads \(options.place).")
            ]
        }
        switch try await look(&session) {
        case .nothing: return [.init(.fact, "\(options.place) is not on \(options.server) yet.")]
        case .certificates(let chain):
            return [.init(.fact, "\(options.place) on \(options.server) holds \(chain.count) certificates.")]
        case .unreadable(let words):
            return [.init(.warning, words, remedy: "The next publication replaces it, if `certificate` is right.")]
        case .unknowable: return []
        }
    }

    private static func advice(_ options: HTTPOptions) -> [CheckReport.Finding] {
        let used = (options.login + options.requests).reduce(into: Set<String>()) { $0.formUnion($1.deferredNames) }
        let alone = options.requests.enumerated().filter { index, request in
            request.isChanging && !request.isRepeatable && !options.isLookedAt(index)
        }
        let lost = alone.map { index, request -> CheckReport.Finding in
            .init(
                .warning,
                "If the answer to \(request.name) is lost, a person has to look: nothing tells whether it had its effect.",
                remedy: options.inspect.isEmpty
                    ? "Add `inspect`, or say `idempotent: true` where doing it twice is like doing it once."
                    : "Say `idempotent: true` where doing it twice is like doing it once.")
        }
        return lost
            + options.contents.filter { !used.contains(DeferredText.contentPrefix + $0.name) }.map { content in
                .init(
                    .warning, "No request carries `content.\(content.name)`, though the profile has it rendered.",
                    remedy: "Remove it from `contents`, or name it in a request.")
            }
    }

    public func preview(_ delivery: Delivery) async throws -> [PlannedRequest] {
        let options = try HTTPOptions(delivery.options)
        let values = Values(options, delivery, attempt: nil, showsNames: true)
        var proof = options.authentication?.headers ?? []
        if case .oauth = options.authentication {
            proof = [("Authorization", .marked("Bearer ", Secret(text: "token")))]
        }
        let builder = RequestBuilder(options: options, values: values, authentication: proof)
        var planned = try options.login.map { try builder.build($0, isLogin: true).planned }
        for request in options.requests + options.inspect {
            var shown = try builder.build(request, isLogin: false).planned
            if case .aws = options.authentication { shown.headers.append("Authorization: AWS4-HMAC-SHA256 (secret)") }
            planned.append(shown)
        }
        return planned
    }
}

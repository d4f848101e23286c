import Automation
import Curl
import Foundation
import PluginKit

/// One order, from the account to the certificate (RFC 8555, 7.4).
struct OrderWork: Sendable {
    /// Every call of the host is limited to five minutes: before that it is asked to call again.
    static let longestCall: TimeInterval = 240
    /// A CA that never comes to an end of "not ready yet" is left.
    private static let rounds = 8

    let settings: ACMESettings
    let session: Session
    let account: HeldAccount
    let solvers: ChallengeSolvers
    let budgets: Budgets
    let request: AcceptedRequest
    let clock: any WallClock
    let startedAt: Date

    var callEnds: Date { startedAt.addingTimeInterval(Self.longestCall) }

    /// Goes on from the order's state as far as the CA lets it.
    /// - Throws: `NotYet`, and all else that the parts throw.
    func drive(_ first: Resources.Order, _ answer: HTTPResponse, _ log: OrderLog) async throws -> Issuance {
        var (order, answer) = (first, answer)
        var (pace, round, isProved) = (Pace(), 0, false)
        while true {
            switch order.status {
            case .pending where isProved:
                // Finalizing was refused, and there is nothing left to prove: only the CA can go on.
                round += 1
                guard round <= Self.rounds else {
                    try await log.write(.prepared) { $0.isClosed = true }
                    throw PluginFailure.orderPending(session.host, request.label)
                }
                try await wait(until: pace.next(answer, now: clock.now), log)
                (order, answer) = try await fetch(log)
            case .pending:
                try await authorize(order, log)
                isProved = true
                order.status = .ready  // the CA says where it is not
            case .ready:
                round += 1
                guard round <= Self.rounds else { throw PluginFailure.orderStuck(session.host, request.label) }
                let url = try await beginFinalizing(order, log)
                pace.begin(clock.now)
                do {
                    (order, answer) = try await finalize(url, log)
                } catch let refusal as ServerRefusal where refusal.kind == "orderNotReady" {
                    try await wait(until: pace.next(answer, now: clock.now), log)
                    (order, answer) = try await fetch(log)
                }
            case .processing:
                try await wait(until: pace.next(answer, now: clock.now), log)
                (order, answer) = try await fetch(log)
            case .valid: return try await download(order, log)
            case .invalid: throw try await close(order, log)
            }
        }
    }

    /// The order as the CA has it now.
    func fetch(_ log: OrderLog) async throws -> (Resources.Order, HTTPResponse) {
        let url = try session.rules.accept(log.record.url, "order")
        let response = try await session.fetch(url, account.signer, "the order for \(request.label)")
        return (try session.decode(Resources.Order.self, response, "the order for \(request.label)"), response)
    }

    // MARK: Waiting

    /// Sleeps through a short pause; a long one is the host's.
    func wait(until moment: Date, _ log: OrderLog) async throws {
        let limit = Date(timeIntervalSince1970: TimeInterval(log.record.waitsSince)).addingTimeInterval(
            settings.timeout)
        guard clock.now < limit else { throw PluginFailure.orderStuck(session.host, request.label) }
        guard moment.timeIntervalSince(clock.now) <= Pace.longestInside, moment < callEnds else {
            throw NotYet(moment: moment)
        }
        try await clock.sleep(until: moment)
    }

    // MARK: Finalize

    /// Recorded before it is sent.
    /// - Returns: where to send it.
    private func beginFinalizing(_ order: Resources.Order, _ log: OrderLog) async throws -> String {
        let url = try session.rules.accept(order.finalize, "finalize")
        try await cleanUpLeftovers(log)
        if !log.record.isFinalizing {
            let now = Int64(clock.now.timeIntervalSince1970)
            try await log.write(.finalizing) {
                $0.isFinalizing = true
                $0.waitsSince = now
            }
        }
        return url
    }

    /// Where the answer is lost, the order's state tells what became of it.
    private func finalize(_ url: String, _ log: OrderLog) async throws -> (Resources.Order, HTTPResponse) {
        // The request is DER: base64url needs no escaping.
        let payload = Data(#"{"csr":"\#(Base64URL.encode(request.signingRequest))"}"#.utf8)
        do {
            let response = try await session.post(
                url, payload, account.signer, "the certificate for \(request.label)")
            return (try session.decode(Resources.Order.self, response, "finalize"), response)
        } catch let failure as TransferFailure where failure.kind == .broken || failure.kind == .malformed {
            log.note("the answer to finalize was lost (\(failure.message)); asking for the order")
            return try await fetch(log)
        }
    }

    // MARK: The end of an order

    /// An order that came to nothing: recorded, so that the next try makes another.
    private func close(_ order: Resources.Order, _ log: OrderLog) async throws -> any Error {
        try await log.write(.prepared) { $0.isClosed = true }
        let problem = order.error ?? Problem(detail: "the order became invalid")
        let refusal = ServerRefusal(
            what: "the certificate for \(request.label)", host: session.host, status: problem.status ?? 400,
            problem: problem, retryAfter: nil)
        return refusal
    }
}

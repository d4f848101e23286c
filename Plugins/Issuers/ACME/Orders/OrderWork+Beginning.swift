import Automation
import Curl
import Foundation
import PluginKit

extension OrderWork {
    /// Asks for a new order, and records its URL at once (RFC 8555, 7.4).
    func begin(_ journal: any Journal) async throws -> Issuance {
        let profile = try profile(journal)
        let identifier = predecessor()
        try await budgets.admit(request.subjects, isReplacement: identifier != nil)
        let (response, isReplacement) = try await order(profile, replacing: identifier, journal)
        let order = try session.decode(Resources.Order.self, response, "the new order")
        let url = try session.location(response, "the new order")
        guard request.isFor(order.identifiers) else { throw PluginFailure.otherOrder(session.host, request.label) }
        let record = OrderRecord(
            purpose: request.purpose, url: url, finalize: order.finalize,
            waitsSince: Int64(clock.now.timeIntervalSince1970), isReplacement: isReplacement)
        let log = OrderLog(record, journal)
        try await log.write(.ordered)
        return try await go(order, response, log)
    }

    /// Goes on with a recorded order; makes another where that one is over, or is not for this request.
    func resume(_ record: OrderRecord, _ journal: any Journal) async throws -> Issuance {
        let log = OrderLog(record, journal)
        guard record.purpose == request.purpose, !record.isClosed else { return try await beginAnew(log, journal) }
        if !record.isWaiting {
            let now = Int64(clock.now.timeIntervalSince1970)
            log.change { $0.waitsSince = now }
        }
        log.change { $0.isWaiting = false }
        do {
            let (order, response) = try await fetch(log)
            guard request.isFor(order.identifiers), !isOver(order) else { return try await beginAnew(log, journal) }
            return try await go(order, response, log)
        } catch let refusal as ServerRefusal
            where refusal.what.hasPrefix("the order") && ([404, 410].contains(refusal.status) || refusal.isForbidden)
        {
            log.note("\(session.host) does not know the recorded order any more: another is made")
            return try await beginAnew(log, journal)
        }
    }

    private func beginAnew(_ log: OrderLog, _ journal: any Journal) async throws -> Issuance {
        try await cleanUpLeftovers(log)
        return try await begin(journal)
    }

    /// - Returns: the certificate, or when to call again.
    private func go(_ order: Resources.Order, _ response: HTTPResponse, _ log: OrderLog) async throws -> Issuance {
        do {
            return try await drive(order, response, log)
        } catch let pause as NotYet {
            log.change { $0.isWaiting = true }
            let record = log.record
            let phase: Step = record.isFinalizing ? .finalizing : record.placed.isEmpty ? .ordered : .presented
            // The host's clock counts whole seconds: a CA's word is never undercut by the rest of one.
            return .pending(try Handle(record), phase: phase, notBefore: pause.moment.addingTimeInterval(1))
        }
    }

    private func isOver(_ order: Resources.Order) -> Bool {
        guard order.status == .pending || order.status == .ready else { return false }
        return order.expires.flatMap { Instant(rfc3339: $0) }.map { $0 <= Instant(clock.now) } ?? false
    }

    // MARK: What is asked for

    private func order(
        _ profile: String?, replacing identifier: CertificateIdentifier?, _ journal: any Journal
    ) async throws -> (HTTPResponse, isReplacement: Bool) {
        do {
            return (try await post(profile, replacing: identifier), identifier != nil)
        } catch let refusal as ServerRefusal where identifier != nil && refusal.mayBeForPredecessor {
            // Replaced already, or not known to this CA or account: the renewal goes on without it (RFC 9773, 5).
            journal.note("\(session.host) takes no replacement of the present version: \(refusal.problem.words)")
            try await budgets.admit(request.subjects, isReplacement: false)
            return (try await post(profile, replacing: nil), false)
        }
    }

    private func post(_ profile: String?, replacing identifier: CertificateIdentifier?) async throws -> HTTPResponse {
        struct Form: Encodable {
            var identifiers: [Identifier]
            var profile: String?
            var replaces: String?
        }
        let form = Form(
            identifiers: request.names.map(Identifier.init), profile: profile, replaces: identifier?.description)
        return try await session.post(
            session.directory.newOrder, try AccountDesk.json(form), account.signer,
            "a certificate for \(request.label)")
    }

    /// The profile to name (draft-ietf-acme-profiles); nil where the CA has none of that name and it is only preferred.
    private func profile(_ journal: any Journal) throws -> String? {
        guard let wanted = settings.profile else { return nil }
        let known = session.directory.profiles
        if known[wanted] != nil { return wanted }
        guard !settings.requiresProfile else {
            throw PluginFailure.profileUnknown(
                wanted, session.host, known: known.keys.sorted().prefix(20).map { ShownText($0).description })
        }
        journal.note("\(session.host) offers no profile \"\(wanted)\": ordered without one")
        return nil
    }

    private func predecessor() -> CertificateIdentifier? {
        guard session.directory.renewalInfo != nil else { return nil }
        return request.replaces.flatMap(CertificateIdentifier.init)
    }
}

extension ServerRefusal {
    private static let others: Set<String> = [
        "rateLimited", "accountDoesNotExist", "userActionRequired", "externalAccountRequired", "rejectedIdentifier",
        "caa", "unsupportedIdentifier", "badNonce",
    ]

    var isForbidden: Bool { status == 403 && kind != "accountDoesNotExist" && kind != "userActionRequired" }

    /// Whether an order that names its predecessor may have been refused for that.
    var mayBeForPredecessor: Bool {
        (400..<500).contains(status) && status != 429 && !Self.others.contains(kind)
    }
}

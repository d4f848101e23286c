import Foundation

/// Orders (RFC 8555, 7.4).
extension Desk {
    mutating func newOrder(_ message: SignedMessage, _ account: Int) throws -> Reply {
        let members = try message.members()
        let names = try (members["identifiers"] as? [Any] ?? []).map(Identifier.init)
        guard !names.isEmpty, Set(names).count == names.count else {
            throw Problem.violation("an order has identifiers, each once")
        }
        let profile = members["profile"] as? String
        if let profile, settings.profiles[profile] == nil {
            throw Problem(400, "invalidProfile", "there is no profile \(profile)")
        }
        let replaces = members["replaces"] as? String
        if let replaces { try check(replaces: replaces, by: account, names) }
        let life = (start: try date(members["notBefore"]), end: try date(members["notAfter"]))
        let granted = try names.map { try authorize($0, account) }
        orders.append(
            Order(
                account: account, names: names, authorizations: granted, replaces: replaces, profile: profile,
                life: life, expires: now.addingTimeInterval(7 * 86_400)))
        return reply(201, order: orders.count - 1)
    }

    mutating func order(_ message: SignedMessage, _ account: Int, _ place: Place) throws -> Reply {
        let order = try own(place, account)
        guard message.payload.isEmpty else { throw Problem.violation("POST-as-GET has an empty payload (6.3)") }
        defer { orders[order].looks += orders[order].certificate == nil ? 0 : 1 }
        return reply(200, order: order)
    }

    mutating func finalize(_ message: SignedMessage, _ account: Int, _ place: Place) throws -> Reply {
        let order = try own(place, account)
        guard status(ofOrder: order) == "ready" else {
            var problem = Problem(403, "orderNotReady", "the order is \(status(ofOrder: order))")
            problem.isViolation = true
            throw problem
        }
        let request = try JSON.decode(try message.members()["csr"], "csr")
        orders[order].certificate = try issue(order, request)
        return reply(200, order: order)
    }

    private func own(_ place: Place, _ account: Int) throws -> Int {
        let order = try place.number(below: orders.count)
        guard orders[order].account == account else {
            throw Problem.violation("this is another's order", type: "unauthorized", status: 403)
        }
        return order
    }

    /// RFC 8555, 7.1.6.
    private func status(ofOrder number: Int) -> String {
        let order = orders[number]
        let granted = order.authorizations.map { authorizations[$0].status }
        if order.certificate != nil {
            for case .processing(let polls, _) in misbehaviours where polls.map({ order.looks < $0 }) ?? true {
                return "processing"
            }
            return "valid"
        }
        if granted.contains(where: { !["pending", "valid"].contains($0) }) { return "invalid" }
        return granted.allSatisfy { $0 == "valid" } ? "ready" : "pending"
    }

    private func reply(_ code: Int, order number: Int) -> Reply {
        let order = orders[number]
        let state = status(ofOrder: number)
        let isOther = misbehaviours.contains(.orderForAnotherName)
        let names = isOther ? [Identifier("dns", "elsewhere.example")] : order.names
        let count = count(.authorization, usual: order.authorizations.count)
        let granted = (0..<count).compactMap { index -> Any? in
            let authorization = order.authorizations[index % order.authorizations.count]
            let right = url(.authorization, authorization)
            return named(.authorization, index < order.authorizations.count ? right : "\(right)/\(index)")
        }
        var members: [String: Any] = [
            "status": state, "expires": text(order.expires), "identifiers": names.map(\.members),
            // No order is promised (RFC 8555, 7.4).
            "authorizations": Array(granted.reversed()),
        ]
        members["finalize"] = named(.finalize, url(.finalize, number))
        if let profile = order.profile { members["profile"] = profile }
        if let replaces = order.replaces { members["replaces"] = replaces }
        if state == "valid", let certificate = order.certificate {
            members["certificate"] = named(.certificate, url(.certificate, certificate))
        }
        if state == "invalid" {
            members["error"] = order.authorizations.lazy.compactMap { authorizations[$0].failure }.first?.members
        }
        var reply = Reply(code, ["Content-Type": "application/json"], body: JSON.data(members))
        if let location = header(.order, url(.order, number)) { reply.headers.add(name: "Location", value: location) }
        if state == "processing" {
            for case .processing(_, let wait?) in misbehaviours { reply.headers.add(name: "Retry-After", value: wait) }
        }
        return reply
    }

    /// RFC 9773, 5.
    private func check(replaces identifier: String, by account: Int, _ names: [Identifier]) throws {
        guard settings.offersRenewalInfo else {
            throw Problem.violation("replaces is only for those who give advice about renewal (RFC 9773, 5)")
        }
        guard let old = issued.first(where: { $0.identifier == identifier }) else {
            throw Problem(404, "malformed", "\(identifier) is not from here")
        }
        guard old.account == url(.account, account) else {
            throw Problem(403, "unauthorized", "\(identifier) is of another account")
        }
        guard !Set(old.subjects).isDisjoint(with: names) else {
            throw Problem.violation("\(identifier) shares no name with the order (RFC 9773, 5)")
        }
        let isReplaced = orders.indices.contains {
            orders[$0].replaces == identifier && status(ofOrder: $0) != "invalid"
        }
        guard !isReplaced else { throw Problem(409, "alreadyReplaced", "\(identifier) was replaced before") }
    }

    // MARK: Times

    func text(_ date: Date) -> String { date.formatted(.iso8601) }

    private func date(_ value: Any?) throws -> Date? {
        guard let value else { return nil }
        guard let text = value as? String, let date = try? Date(text, strategy: .iso8601) else {
            throw Problem.violation("\(value) is no time (RFC 3339)")
        }
        return date
    }
}

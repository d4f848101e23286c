import Foundation

/// Authorizations and challenges (RFC 8555, 7.5).
extension Desk {
    /// What the http-01 challenge that a request answers wants to see, where somebody has to look.
    func wanted(by request: ServedRequest) -> (name: String, token: String, keyAuthorization: String)? {
        let place = Place(request.target)
        guard place.kind == .challenge, let (number, index) = try? numbers(place) else { return nil }
        let authorization = authorizations[number]
        let challenge = authorization.challenges[index]
        guard challenge.type == "http-01", challenge.status == "pending" else { return nil }
        let thumbprint = accounts[authorization.account].key.thumbprint
        let isSix = authorization.name.value.contains(":")
        return (
            isSix ? "[\(authorization.name.value)]" : authorization.name.value, challenge.token,
            "\(challenge.token).\(thumbprint)"
        )
    }

    /// The authorization that a new order gets for a name.
    mutating func authorize(_ name: Identifier, _ account: Int) throws -> Int {
        let isWildcard = name.value.hasPrefix("*.")
        let plain = isWildcard ? Identifier(name.type, String(name.value.dropFirst(2))) : name
        guard !plain.value.contains("*") else { throw Problem(400, "rejectedIdentifier", "\(name.value) is no name") }
        if settings.reusesAuthorizations {
            let known = authorizations.indices.first {
                let other = authorizations[$0]
                return other.account == account && other.name == plain && other.isWildcard == isWildcard
                    && other.status == "valid"
            }
            if let known { return known }
        }
        let types = isWildcard ? ["dns-01"] : ["http-01", "tls-alpn-01"] + (name.type == "dns" ? ["dns-01"] : [])
        let challenges = types.shuffled().map { Authorization.Challenge(type: challengeType($0), token: token()) }
        authorizations.append(
            Authorization(
                account: account, name: plain, isWildcard: isWildcard, challenges: challenges,
                expires: now.addingTimeInterval(7 * 86_400)))
        return authorizations.count - 1
    }

    mutating func authorization(_ message: SignedMessage, _ account: Int, _ place: Place) throws -> Reply {
        let number = try place.number(below: authorizations.count)
        try check(authorizations[number].account, account)
        if !message.payload.isEmpty {
            guard try message.members()["status"] as? String == "deactivated" else {
                throw Problem.violation("an authorization can only be deactivated (7.5.2)")
            }
            authorizations[number].status = "deactivated"
        }
        look(number)
        var reply = Reply(200, ["Content-Type": "application/json"], body: JSON.data(members(number)))
        if authorizations[number].status == "pending", authorizations[number].looks != nil {
            for case .pending(_, let wait?) in misbehaviours { reply.headers.add(name: "Retry-After", value: wait) }
        }
        return reply
    }

    mutating func challenge(
        _ message: SignedMessage, _ account: Int, _ place: Place, _ finding: Problem?
    ) throws -> Reply {
        let (number, index) = try numbers(place)
        try check(authorizations[number].account, account)
        if !message.payload.isEmpty {
            guard message.payload == Data("{}".utf8) else {
                throw Problem.violation("a challenge is answered with {} (7.5.1)")
            }
            guard authorizations[number].status == "pending" else {
                throw Problem.violation("the authorization is \(authorizations[number].status), not pending")
            }
            answer(number, index, finding)
        }
        let up = "<\(url(.authorization, number))>;rel=\"up\""
        let members = challengeMembers(number, index)
        return Reply(200, ["Content-Type": "application/json", "Link": up], body: JSON.data(members))
    }

    private mutating func answer(_ number: Int, _ index: Int, _ finding: Problem?) {
        var failure = finding
        for case .challengeFails(let problem) in misbehaviours { failure = problem }
        authorizations[number].failure = failure
        authorizations[number].challenges[index].status = failure == nil ? "processing" : "invalid"
        if failure != nil {
            authorizations[number].status = "invalid"
        } else if authorizations[number].looks == nil {
            authorizations[number].looks = 0
            if !misbehaviours.contains(where: { if case .pending = $0 { true } else { false } }) { look(number) }
        }
    }

    /// A look at an authorization, which may be the one that finds it valid.
    private mutating func look(_ number: Int) {
        guard authorizations[number].status == "pending", let looks = authorizations[number].looks else { return }
        authorizations[number].looks = looks + 1
        for case .pending(let polls, _) in misbehaviours where polls.map({ looks < $0 }) ?? true { return }
        authorizations[number].status = "valid"
        for index in authorizations[number].challenges.indices
        where authorizations[number].challenges[index].status == "processing" {
            authorizations[number].challenges[index].status = "valid"
        }
    }

    private func members(_ number: Int) -> [String: Any] {
        let authorization = authorizations[number]
        let isOther = misbehaviours.contains(.authorizationForAnotherName)
        let name = isOther ? Identifier("dns", "elsewhere.example") : authorization.name
        let count = count(.challenge, usual: authorization.challenges.count)
        var members: [String: Any] = [
            "status": authorization.status, "identifier": name.members, "expires": text(authorization.expires),
            "challenges": (0..<count).map { challengeMembers(number, $0 % authorization.challenges.count) },
        ]
        if authorization.isWildcard { members["wildcard"] = true }
        return members
    }

    private func challengeMembers(_ number: Int, _ index: Int) -> [String: Any] {
        let challenge = authorizations[number].challenges[index]
        var members: [String: Any] = [
            "type": challenge.type, "token": challenge.token, "status": challenge.status,
        ]
        members["url"] = named(.challenge, url(.challenge, number, index))
        if challenge.status == "valid" { members["validated"] = text(now) }
        if challenge.status == "invalid" { members["error"] = authorizations[number].failure?.members }
        return members
    }

    private func numbers(_ place: Place) throws -> (Int, Int) {
        let number = try place.number(below: authorizations.count)
        return (number, try place.number(1, below: authorizations[number].challenges.count))
    }

    private func check(_ owner: Int, _ account: Int) throws {
        guard owner == account else {
            throw Problem.violation("this is another's authorization", type: "unauthorized", status: 403)
        }
    }

    private func token() -> String {
        for case .token(let token) in misbehaviours { return token }
        return JSON.encode((0..<32).map { _ in UInt8.random(in: 0...255) })
    }

    private func challengeType(_ usual: String) -> String {
        for case .challengeType(let type) in misbehaviours { return type }
        return usual
    }
}

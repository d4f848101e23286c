import Foundation
import HTTPTypes

/// Coming in and going out.
enum GateRoutes {
    static let routes: [Route] = [
        .page(.get, "/sign-in", .anyone) { exchange in
            if exchange.visitor != nil { return .seeOther(LocalPath.checked(exchange.query["next"])) }
            return try await signIn(exchange, next: exchange.query["next"] ?? "", problem: nil)
        },
        .page(.post, "/sign-in", .anyone, takes: [APIField("name"), APIField("password"), APIField("next")]) {
            exchange in
            do {
                let id = try await exchange.house.people.signIn(
                    try exchange.fields.text("name", atMost: 64), password: exchange.fields["password"] ?? "",
                    address: exchange.address, agent: exchange.agent,
                    bringing: SessionCookie.id(in: exchange.headers))
                return entered(id, next: exchange.fields["next"])
            } catch let problem as Problem where problem.code.hasPrefix("sign-in.") {
                return try await signIn(exchange, next: exchange.fields["next"] ?? "", problem: problem)
            }
        },
        .page(.post, "/sign-out", .session) { exchange in
            try await exchange.house.people.signOut(exchange.principal)
            return Reply(.seeOther, headers: [.location: "/sign-in", .setCookie: SessionCookie.clear])
        },
        .page(.get, "/setup", .anyone) { exchange in
            try await setup(exchange, code: exchange.query["code"] ?? "", problem: nil)
        },
        .page(.post, "/setup", .anyone, takes: [APIField("username"), APIField("password"), APIField("again")]) {
            exchange in
            let code = exchange.query["code"] ?? ""
            do {
                let password = exchange.fields["password"] ?? ""
                guard password == exchange.fields["again"] else {
                    throw Problem.refused(
                        "password.differs", "The two passwords differ.", remedy: "Type the same one twice.")
                }
                let id = try await exchange.house.people.accept(
                    code, password: password, address: exchange.address, agent: exchange.agent,
                    bringing: SessionCookie.id(in: exchange.headers))
                return entered(id, next: nil)
            } catch let problem as Problem where problem.status == 422 {
                return try await setup(exchange, code: code, problem: problem)
            }
        },
        .page(.get, "/reauthenticate", .session) { exchange in
            try await prove(exchange, next: exchange.query["next"] ?? "", problem: nil)
        },
        .page(
            .post, "/reauthenticate", .session, takes: [APIField("username"), APIField("password"), APIField("next")]
        ) { exchange in
            do {
                try await exchange.house.people.prove(
                    exchange.principal, password: exchange.fields["password"] ?? "", address: exchange.address)
                return .seeOther(LocalPath.checked(exchange.fields["next"]))
            } catch let problem as Problem where problem.code.hasPrefix("sign-in.") {
                return try await prove(exchange, next: exchange.fields["next"] ?? "", problem: problem)
            }
        },
    ]

    private static func entered(_ id: String, next: String?) -> Reply {
        Reply(.seeOther, headers: [.location: LocalPath.checked(next), .setCookie: SessionCookie.set(id)])
    }

    private static func signIn(_ exchange: Exchange, next: String, problem: Problem?) async throws -> Reply {
        var context = gate("Sign in", problem)
        let name = exchange.fields["name"].map { String($0.prefix(64)) } ?? ""
        context["name"] = name
        context["hasName"] = !name.isEmpty
        context["next"] = LocalPath.checked(next)
        return try await page(exchange, "sign-in", context, problem)
    }

    private static func setup(_ exchange: Exchange, code: String, problem: Problem?) async throws -> Reply {
        guard let account = try await exchange.house.people.invited(by: code) else {
            var context = gate("This link holds no more", problem)
            context["lede"] =
                "It was used, or is older than a day. Ask an administrator for another: certflow account invite NAME."
            context.merge(["isUsable": false, "action": "", "asksName": false, "name": "", "rule": "", "verb": ""]) {
                $1
            }
            return try await page(exchange, "setup", context, problem)
        }
        var context = gate("Choose a password", problem)
        context["lede"] = "This link works once. The account \(account.name) is \(account.role.withArticle)."
        context["isUsable"] = true
        context["action"] = "/setup" + PagePath.query([("code", code)])
        context["asksName"] = false
        context["name"] = account.name
        context["rule"] = PasswordRules.words
        context["verb"] = "Set the password"
        return try await page(exchange, "setup", context, problem)
    }

    private static func prove(_ exchange: Exchange, next: String, problem: Problem?) async throws -> Reply {
        var context = gate("Your password again", problem)
        let next = LocalPath.checked(next)
        context["lede"] = "What you are about to do needs a proof that it is you."
        context["name"] = try exchange.ownSession().account
        context["next"] = next
        // Where a script can't go back: the page above the one that asked.
        context["backHref"] = next.split(separator: "/").first.map { "/\($0.prefix { $0 != "?" })" } ?? "/"
        return try await page(exchange, "reauthenticate", context, problem)
    }

    private static func gate(_ title: String, _ problem: Problem?) -> [String: Any] {
        ["pageTitle": title, "hasError": problem != nil, "error": problem.map { PageNote($0).context } ?? [:]]
    }

    private static func page(
        _ exchange: Exchange, _ template: String, _ context: [String: Any], _ problem: Problem?
    ) async throws -> Reply {
        var reply = try await Page(exchange).reply(template, context, status: .init(code: problem?.status ?? 200))
        if let retryAfter = problem?.retryAfter { reply.headers[.retryAfter] = String(retryAfter) }
        return reply
    }
}

/// Where to go on: never to another host.
enum LocalPath {
    /// The path, or the home page where it is none of ours.
    static func checked(_ path: String?) -> String {
        guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"), path.utf8.count <= 2000,
            path.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value < 127 })
        else { return "/" }
        return path
    }
}

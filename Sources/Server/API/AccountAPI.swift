import Foundation

/// People, for those who administer them.
enum AccountAPI {
    private static let role = APIField("role", .choice(Role.allCases.map(\.rawValue)), "")
    private static let scope = APIField("scope", .object("Labels"), "Labels that a certificate must bear to be seen.")
    private static let exports = APIField("exportsKeys", .flag, "May take private keys out.")

    static let routes: [Route] = [
        .api(
            .get, "/accounts", .right(.administer),
            APIShape("people", "All accounts.", answers: "Account", isPage: true)
        ) {
            exchange in
            let person = try exchange.principal
            let accounts = try await exchange.house.people.all().filter { person.manages($0) }
            return try .json(exchange.page(of: accounts.map { AccountForm($0) }))
        },
        .api(
            .post, "/accounts", .right(.administer),
            takes: [
                APIField("name", .text, required: true, ""),
                APIField("role", .choice(Role.allCases.map(\.rawValue)), required: true, ""), scope, exports,
            ],
            APIShape(
                "people", "Makes an account; the person chooses a password by the link.", status: 201,
                answers: "Invitation")
        ) { exchange in
            let person = try exchange.principal
            var account = Account(
                name: try exchange.fields.text("name", atMost: 64),
                role: try exchange.fields.choice("role", Role.self) ?? .viewer,
                createdAt: exchange.house.now())
            account.scope = try exchange.labels("scope") ?? [:]
            account.exportsKeys = try exchange.fields.flag("exportsKeys")
            try requireManaged(person, account)
            let code = try await exchange.house.people.add(account, by: person.actor)
            return try .json(invitation(exchange, account.name, code), status: .created)
        },
        .api(
            .get, "/accounts/{account}", .right(.administer),
            APIShape("people", "One account.", answers: "Account", isVersioned: true)
        ) {
            exchange in
            let form = AccountForm(try await account(exchange))
            return try exchange.versioned(form, form.version)
        },
        .api(
            .patch, "/accounts/{account}", .right(.administer),
            takes: [role, scope, exports, APIField("disabled", .flag, "Can't sign in.")],
            APIShape("people", "Changes what somebody may do.", answers: "Account", isVersioned: true), change),
        .api(
            .delete, "/accounts/{account}", .right(.administer),
            APIShape("people", "Removes an account with its sessions and tokens.", status: 204)
        ) {
            exchange in
            try await exchange.house.people.remove(try await account(exchange).name, by: try exchange.principal.actor)
            return Reply(.noContent)
        },
        .api(
            .post, "/accounts/{account}/invite", .right(.administer),
            APIShape("people", "A new link to choose a password.", answers: "Invitation")
        ) { exchange in
            let name = try await account(exchange).name
            return try .json(
                invitation(
                    exchange, name, try await exchange.house.people.invite(name, by: try exchange.principal.actor)))
        },
        .api(
            .get, "/accounts/{account}/tokens", .right(.administer),
            APIShape("people", "The tokens of an account.", answers: "Token", isPage: true)
        ) { exchange in
            let tokens = try await exchange.house.people.tokens(of: try await account(exchange).name)
            return try .json(exchange.page(of: tokens.map { TokenForm($0) }))
        },
        .api(
            .delete, "/accounts/{account}/tokens/{token}", .right(.administer),
            APIShape("people", "Revokes a token.", status: 204)
        ) { exchange in
            try await exchange.house.people.revokeToken(
                try exchange.parameter("token"), of: try await account(exchange).name, by: try exchange.principal.actor)
            return Reply(.noContent)
        },
        .api(
            .get, "/accounts/{account}/sessions", .right(.administer),
            APIShape("people", "The sessions of an account.", answers: "Session", isPage: true)
        ) { exchange in
            let (name, own) = (try await account(exchange).name, try exchange.principal.means.key)
            let sessions = try await exchange.house.people.sessions(of: name)
            return try .json(
                exchange.page(of: sessions.map { SessionForm($0.key, $0.session, current: $0.key == own) }))
        },
        .api(
            .post, "/accounts/{account}/end-sessions", .right(.administer),
            APIShape("people", "Ends all sessions of an account.", status: 204)
        ) { exchange in
            try await exchange.house.people.endSessions(
                of: try await account(exchange).name, key: nil, by: try exchange.principal.actor)
            return Reply(.noContent)
        },
    ]

    private static func account(_ exchange: Exchange) async throws -> Account {
        let name = try exchange.parameter("account")
        guard let account = try await exchange.house.people.account(name), try exchange.principal.manages(account)
        else {
            throw People.unknown(name)
        }
        return account
    }

    /// Whose own sight is narrowed makes nobody who sees more.
    private static func requireManaged(_ person: Principal, _ account: Account) throws {
        guard person.manages(account) else {
            throw Problem.refused(
                "scope.left", "\(account.name) would see more than you may.", remedy: "Give it your own labels as well."
            )
        }
    }

    private static func invitation(_ exchange: Exchange, _ name: String, _ code: String) -> InvitationForm {
        InvitationForm(account: name, url: "\(exchange.house.settings.url)/setup?code=\(code)")
    }

    private static func change(_ exchange: Exchange) async throws -> Reply {
        let (person, name) = (try exchange.principal, try await account(exchange).name)
        let (fields, labels) = (exchange.fields, try exchange.labels("scope"))
        try await exchange.house.people.change(name, by: person.actor) { account in
            try exchange.requireVersion(AccountForm(account).version)
            if let role = try fields.choice("role", Role.self) { account.role = role }
            if let labels { account.scope = labels }
            if fields.has("exportsKeys") { account.exportsKeys = try fields.flag("exportsKeys") }
            if fields.has("disabled") { account.isDisabled = try fields.flag("disabled") }
            try requireManaged(person, account)
        }
        let form = AccountForm(try await account(exchange))
        return try exchange.versioned(form, form.version)
    }
}

extension Principal {
    /// Whether an account sees no more than this person.
    func manages(_ account: Account) -> Bool { scope.allSatisfy { account.scope[$0.key] == $0.value } }
}

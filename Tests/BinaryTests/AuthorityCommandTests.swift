import Foundation
import TestPeers
import Testing

/// What the commands around authorities say where the issuer is our own.
@Suite("revoke, rehearse and accounts, from the command line")
struct AuthorityCommandTests {
    @Test("the local authority is no CA that revokes, rehearses or has accounts, and each command names another way")
    func local() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, _ in
            try await certflow.succeed("run")
            let revoke = try await certflow.run(["revoke", "www.example.com", "--reason", "superseded", "--yes"])
            #expect(revoke.status == 1 && revoke.errors.contains("certflow revoked www.example.com --version 1"))
            #expect(try await certflow.run(["revoke", "www.example.com", "--reason", "boredom"]).status == 2)
            #expect(try await certflow.run(["revoke", "www.example.com"]).status == 2)
            let rehearse = try await certflow.run(["renew", "www.example.com", "--rehearse"])
            #expect(rehearse.status == 1 && rehearse.errors.contains("certflow issuer check local-authority"))
            #expect(try await certflow.run(["renew", "www.example.com", "--rehearse", "--force"]).status == 2)
            let account = try await certflow.run(["issuer", "account", "show", "local-authority"])
            #expect(account.status == 1 && account.errors.contains("no accounts"))
            let near = try await certflow.run(["issuer", "account", "show", "local-authorty"])
            #expect(near.errors.contains("`local-authority`"))
            #expect(try await certflow.succeed("run").contains("Nothing was due."))
        }
    }

    @Test("nothing is asked of a CA that no certificate names, and nothing can be deactivated without --yes")
    func unused() async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, _ in
            let list = try await certflow.succeed("issuer", "list")
            #expect(list.contains("lets-encrypt") && list.contains("not used, not asked"))
            let check = try await certflow.succeed("issuer", "check")
            #expect(check.contains("local-authority") && !check.contains("lets-encrypt"))
            #expect(try await certflow.succeed("profile", "check", "--offline").contains("zerossl"))
            let closing = try await certflow.run(["issuer", "account", "deactivate", "zerossl"])
            #expect(closing.status == 1 && closing.errors.contains("--yes"))
        }
    }
}

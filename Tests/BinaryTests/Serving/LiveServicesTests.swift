import Foundation
import TestPeers
import Testing

/// Servers of the distribution, each with the profile that `init` puts into a home for it and a client that connects all
/// the time. Twenty certificates are published, then one while the configuration is broken, then that one again.
@Suite(
    "a service keeps serving while twenty certificates are published, and while its configuration is broken",
    .timeLimit(.minutes(30)))
struct LiveServicesTests {
    private static let renewals = 20

    @Test("nginx")
    func nginx() async throws {
        try await withHome("nginx-files") { home, directory, live in
            let nginx = try Nginx.Managed(
                chain: live.appending(path: "fullchain.pem"), key: live.appending(path: "privkey.pem"), in: directory)
            try home.fillIn([
                "/etc/nginx/tls": directory.appending(path: "tls").path,
                "[nginx, -t]": try LiveHome.command(nginx.test),
                "[systemctl, reload, nginx]": try LiveHome.command(nginx.reload),
                "127.0.0.1:443": "127.0.0.1:\(nginx.port)",
            ])
            try await keepsServing(nginx, .http, home)
        }
    }

    @Test("Apache httpd")
    func apache() async throws {
        try await withHome("apache-files") { home, directory, live in
            let apache = try Apache(
                chain: live.appending(path: "fullchain.pem"), key: live.appending(path: "privkey.pem"), in: directory)
            try home.fillIn([
                "/etc/apache2/tls": directory.appending(path: "tls").path,
                "[apache2ctl, configtest]": try LiveHome.command(apache.test),
                "[systemctl, reload, apache2]": try LiveHome.command(apache.reload),
                "127.0.0.1:443": "127.0.0.1:\(apache.port)",
            ])
            try await keepsServing(apache, .http, home)
        }
    }

    @Test("HAProxy, reloaded")
    func haproxy() async throws {
        try await withHome("haproxy-bundle") { home, directory, _ in
            let certificates = directory.appending(path: "tls")
            let haproxy = try HAProxy(certificates: certificates, in: directory)
            try home.fillIn([
                "/etc/haproxy/certs": certificates.path,
                "[haproxy, -c, -f, /etc/haproxy/haproxy.cfg]": try LiveHome.command(haproxy.test),
                "[systemctl, reload, haproxy]": try LiveHome.command(haproxy.reload),
                "127.0.0.1:443": "127.0.0.1:\(haproxy.port)",
            ])
            try await keepsServing(haproxy, .http, home)
        }
    }

    @Test("HAProxy, over its socket")
    func haproxySocket() async throws {
        try await withHome("haproxy-socket") { home, directory, _ in
            _ = try HAProxy.client.path()
            let certificates = directory.appending(path: "tls")
            let haproxy = try HAProxy(certificates: certificates, in: directory)
            try home.fillIn([
                "/etc/haproxy/certs": certificates.path,
                "[haproxy, -c, -f, /etc/haproxy/haproxy.cfg]": try LiveHome.command(haproxy.test),
                "/run/haproxy/admin.sock": haproxy.socket.path,
                "127.0.0.1:443": "127.0.0.1:\(haproxy.port)",
            ])
            try await keepsServing(haproxy, .http, home)
        }
    }

    @Test("PostgreSQL, with STARTTLS")
    func postgresql() async throws {
        try await withHome("postgresql") { home, directory, live in
            let postgresql = try await PostgreSQL.Managed(
                chain: live.appending(path: "server.crt"), key: live.appending(path: "server.key"), in: directory)
            try home.fillIn([
                "/etc/postgresql/tls": directory.appending(path: "tls").path,
                "owner: postgres": "owner: \"\(postgresql.user)\"",
                "[/usr/lib/postgresql/15/bin/postgres, -C, ssl_cert_file, -D, /etc/postgresql/15/main]":
                    try LiveHome.command(postgresql.test),
                "[pg_ctlcluster, \"15\", main, reload]": try LiveHome.command(postgresql.reload),
                "127.0.0.1:5432": "127.0.0.1:\(postgresql.port)",
            ])
            try await keepsServing(postgresql, .postgresql, home)
        }
    }

    @Test("Dovecot")
    func dovecot() async throws {
        try await withHome("dovecot") { home, directory, live in
            let dovecot = try Dovecot.Managed(
                chain: live.appending(path: "fullchain.pem"), key: live.appending(path: "privkey.pem"), in: directory)
            try home.fillIn([
                "/etc/dovecot/tls": directory.appending(path: "tls").path,
                "[doveconf, -n]": try LiveHome.command(dovecot.test),
                "[doveadm, reload]": try LiveHome.command(dovecot.reload),
                "127.0.0.1:993": "127.0.0.1:\(dovecot.port)",
            ])
            try await keepsServing(dovecot, .imap, home)
        }
    }

    @Test("Postfix: where it begins with TLS, and with STARTTLS", arguments: [false, true])
    func postfix(startTLS: Bool) async throws {
        try await withHome("postfix") { home, directory, live in
            let postfix = try Postfix(bundle: live.appending(path: "bundle.pem"), in: directory)
            try home.fillIn([
                "/etc/postfix/tls": directory.appending(path: "tls").path,
                "[postfix, check]": try LiveHome.command(postfix.test),
                "[postfix, reload]": try LiveHome.command(postfix.reload),
                "\"127.0.0.1:465\"": startTLS
                    ? "\"127.0.0.1:\(postfix.plainPort)\", startTLS: smtp" : "\"127.0.0.1:\(postfix.port)\"",
            ])
            try await keepsServing(
                postfix, startTLS ? .plainSMTP : .smtp, port: startTLS ? postfix.plainPort : postfix.port, home)
        }
    }

    @Test("Tomcat")
    func tomcat() async throws {
        try await withHome("tomcat") { home, directory, live in
            let passphrase = UUID().uuidString
            try await home.certflow.succeed("secret", "set", "tomcat-keystore", input: passphrase)
            let tomcat = try Tomcat(
                keystore: live.appending(path: "keystore.p12"), passphrase: passphrase, in: directory)
            try home.fillIn([
                "/etc/tomcat10/tls": directory.appending(path: "tls").path,
                "owner: tomcat": "owner: \"\(tomcat.user)\"",
                "/etc/certflow/tomcat.pass": tomcat.configuration.path,
                "/etc/certflow/tomcat.netrc": tomcat.login.path,
                "127.0.0.1:8080": "127.0.0.1:\(tomcat.managerPort)",
                "127.0.0.1:8443": "127.0.0.1:\(tomcat.port)",
            ])
            try await keepsServing(tomcat, .http, home)
        }
    }

    // MARK: What all have to keep

    /// - Parameter body: is handed the directory for all of the test, and that which a layout with versions is read
    ///   through.
    private func withHome(
        _ profile: String, _ body: (_ home: LiveHome, _ directory: URL, _ live: URL) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let tls = directory.appending(path: "tls")
            try FileManager.default.createDirectory(at: tls, withIntermediateDirectories: false)
            let live = tls.appending(path: LiveHome.certificate).appending(path: "live")
            try await body(try await LiveHome(in: directory, profile: profile), directory, live)
        }
    }

    private func keepsServing(
        _ peer: some ManagedPeer, _ dialogue: LiveClient.Dialogue, port: Int? = nil, _ home: LiveHome
    ) async throws {
        try await home.publishFirst()
        try await peer.withRunning(isolation: nil) {
            let client = try LiveClient(port: port ?? peer.port, dialogue, root: home.root)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await client.run() }
                defer { client.stop() }
                try await client.nextConnection()
                try await renewals(home, client)
                try await brokenConfiguration(peer, home, client)
                client.stop()
                try await group.waitForAll()
            }
            #expect(client.failures.isEmpty, "\(client.failures.joined(separator: "\n"))")
            #expect(client.seen.count == Self.renewals + 2, "each certificate was shown to the client")
        }
    }

    private func renewals(_ home: LiveHome, _ client: LiveClient) async throws {
        var during = 0
        for _ in 1...Self.renewals {
            try await home.renew()
            let before = client.connections
            try await home.certflow.succeed("run")
            during += client.connections - before
            try await client.nextConnection()
        }
        let target = try await home.target()
        #expect(target.version == Self.renewals + 1 && target.publication == "serving")
        #expect(client.last == target.fingerprint, "the newest one is served")
        #expect(during > Self.renewals, "the client connects while publications run")
    }

    private func brokenConfiguration(_ peer: some ManagedPeer, _ home: LiveHome, _ client: LiveClient) async throws {
        let before = try await home.target()
        try await home.renew()
        try await peer.withMistake {
            let outcome = try await home.certflow.run(["run"])
            #expect(outcome.status == 1 && outcome.output.contains("The test command"), "\(outcome)")
        }
        let target = try await home.target()
        #expect(target.fingerprint == before.fingerprint && target.publication == "rolled-back")
        #expect(target.trouble?.step == "test" && target.trouble?.needsAttention == false)
        let status = try await home.certflow.succeed("status")
        #expect(status.contains("The test command"), "\(status)")
        try await client.nextConnection()
        #expect(client.last == before.fingerprint, "the version before is served")
        try await home.certflow.succeed("publish", LiveHome.certificate)
        try await client.nextConnection()
        #expect(client.last != before.fingerprint, "once it is mended, the new version is served")
    }
}

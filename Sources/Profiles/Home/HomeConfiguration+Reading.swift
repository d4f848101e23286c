import Automation
import Foundation
import PluginKit

extension HomeConfiguration {
    private static let keys = ["alerts", "limits", "keep", "proof", "defaults", "server"]

    /// Reads the file; one that does not exist leaves everything as it is by default.
    /// - Throws: every problem of the file.
    public static func load(file: String) throws(ProfileProblems) -> HomeConfiguration {
        guard access(file, F_OK) == 0 || errno != ENOENT else { return HomeConfiguration() }
        let source: SourceFile
        do throws(OptionProblem) {
            source = try SourceFile(reading: file)
        } catch {
            throw ProfileProblems([error])
        }
        let (configuration, problems) = read(source)
        guard problems.isEmpty else { throw ProfileProblems(problems) }
        return configuration
    }

    /// - Returns: what the file says, with the default in place of what is wrong; and every problem found.
    public static func read(_ source: SourceFile) -> (configuration: HomeConfiguration, problems: [OptionProblem]) {
        let findings = Findings()
        var configuration = HomeConfiguration()
        do throws(OptionProblem) {
            if let root = try YAMLReader.read(source), let group = GroupReader(root, keys: keys, findings) {
                configuration.take(group)
            }
        } catch {
            findings.report(error)
        }
        return (configuration, findings.problems)
    }

    private mutating func take(_ group: GroupReader) {
        alerts = group.group("alerts", keys: ["command", "webhook", "timeout"]).flatMap(Self.alerts)
        if let group = group.group("limits", keys: ["concurrent", "perIssuer"]) {
            limits.concurrent = group.integer("concurrent", in: 1...1024) ?? limits.concurrent
            limits.perIssuer = group.integer("perIssuer", in: 1...1024) ?? limits.perIssuer
        }
        if let group = group.group("keep", keys: ["keysAfterExpiry", "attempts"]) {
            keysAfterExpiry = group.span("keysAfterExpiry", in: .zero...Span.days(3650)) ?? keysAfterExpiry
            keepAttempts = group.span("attempts", in: Span.days(1)...Span.days(3650)) ?? keepAttempts
        }
        if let group = group.group("proof", keys: ["every"]) {
            proofEvery = group.span("every", in: Span.minutes(1)...Span.days(30)) ?? proofEvery
        }
        if let group = group.group("defaults", keys: ["timeZone", "issuer", "lastResort"]) {
            defaults.zone =
                group.text("timeZone").flatMap {
                    ZoneReader(group.findings).zone($0, at: group.position(of: "timeZone"))
                } ?? defaults.zone
            defaults.issuer = group.name("issuer")
            defaults.lastResort = group.choice("lastResort", LastResort.self) ?? defaults.lastResort
        }
        server = group.group("server", keys: Self.serverKeys).map(Self.server) ?? server
    }

    private static let serverKeys = ["listen", "url", "certificate", "behindProxy", "metrics", "sessions"]

    private static func server(_ group: GroupReader) -> Server {
        var server = Server()
        if let listen = group.text("listen") {
            if let (host, port) = address(listen) {
                (server.host, server.port) = (host, port)
            } else {
                group.findings.report(
                    group.position(of: "listen"), "`\(listen.shown)` is no address with a port.",
                    "Write it as `listen: 127.0.0.1:8443`, or `listen: \"[::]:443\"`.")
            }
        }
        if let url = group.text("url") {
            let parts = URLComponents(string: url)
            if parts?.scheme == "https", parts?.host?.isEmpty == false, ["", "/"].contains(parts?.path),
                parts?.query == nil
            {
                server.url = url.hasSuffix("/") ? String(url.dropLast()) : url
            } else {
                group.findings.report(
                    group.position(of: "url"), "`\(url.shown)` is no https address of a host.",
                    "Write it as `url: https://certflow.example.net`.")
            }
        }
        server.certificate = group.name("certificate") ?? server.certificate
        server.isBehindProxy = group.flag("behindProxy") ?? false
        if server.isBehindProxy, !["127.0.0.1", "::1", "localhost"].contains(server.host) {
            group.findings.report(
                group.position(of: "behindProxy"),
                "Behind a proxy it is served without TLS, and \(server.host) is not this machine alone.",
                "Write `listen: 127.0.0.1:PORT`, and have the proxy on this machine do TLS.")
        }
        server.metrics = group.choice("metrics", Server.MetricsReaders.self) ?? server.metrics
        if let sessions = group.group("sessions", keys: ["idle", "absolute"]) {
            server.idle = sessions.span("idle", in: Span.minutes(1)...Span.days(7)) ?? server.idle
            server.absolute = sessions.span("absolute", in: Span.minutes(5)...Span.days(30)) ?? server.absolute
        }
        return server
    }

    /// "127.0.0.1:8443", "[::1]:8443", "localhost:8443"
    public static func address(_ text: String) -> (String, Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        return host.isEmpty ? nil : (host, port)
    }

    private static func alerts(_ group: GroupReader) -> Alerts? {
        let timeout = group.span("timeout", in: CommandStep.timeouts) ?? CommandStep.defaultTimeout
        let webhook = group.group("webhook", keys: ["url", "token", "signature", "caBundle"]).flatMap(Self.webhook)
        if group.has("webhook"), !group.has("command") {
            return webhook.map { Alerts(webhook: $0, timeout: timeout) }
        }
        guard let command = CommandStep.arguments(group, example: "[/usr/local/bin/alert, ops]") else { return nil }
        return Alerts(command: command.map(\.text), webhook: webhook, timeout: timeout)
    }

    private static func webhook(_ group: GroupReader) -> Webhook? {
        let example = "https://alerts.example.net/certflow"
        guard let url = group.text("url") else {
            group.missing("url", "Write it as `url: \(example)`.")
            return nil
        }
        let parts = URLComponents(string: url)
        guard parts?.scheme == "https", parts?.host?.isEmpty == false, parts?.user == nil, parts?.password == nil else {
            group.findings.report(
                group.position(of: "url"), "`url` is no https address without a user.",
                "Write it as `url: \(example)`; a token goes into `token: {secret: NAME}`.")
            return nil
        }
        let bundle = group.text("caBundle")
        if let bundle, !bundle.hasPrefix("/") {
            group.findings.report(
                group.position(of: "caBundle"), "`\(bundle.shown)` is no absolute path.", "Begin it with `/`.")
        }
        return Webhook(
            url: url, token: secret("token", group), signature: secret("signature", group), caBundle: bundle)
    }

    /// The name in `{secret: NAME}`; nil where the key is not given. What stands there instead may be the secret: it is
    /// not shown.
    private static func secret(_ key: String, _ group: GroupReader) -> String? {
        guard let node = group.node(key) else { return nil }
        if case .group(let entries) = node.value, entries.count == 1, let entry = entries.first,
            entry.key == "secret", case .scalar(let name) = entry.node.value, OptionText.isName(name)
        {
            return name
        }
        group.findings.report(
            node.position, "A secret must be a reference, not the secret itself.",
            "Store it with `certflow secret set NAME` and write `\(key): {secret: NAME}` here.")
        return nil
    }
}

import Automation
import PluginKit

/// How it is proved that a target serves what was published.
public enum ProofStep: Sendable, Equatable {
    /// A TLS handshake with each address of an endpoint, repeated until it shows what was published or `within` is
    /// over. `connect` renders to "host:port"; without `serverName` no name is asked for (RFC 6066, 3); `startTLS` names
    /// the protocol that is spoken before TLS.
    case tls(connect: Template, serverName: Template?, within: Span, startTLS: StartTLS? = nil)
    /// The publisher looks at what is there.
    case readBack

    public static let defaultWithin = Span.minutes(1)
    /// What is asked for if the file names no `serverName`.
    static let defaultServerName = "{{certificate.subject}}"
    static let times = Span.seconds(1)...Span.hours(1)
    static let keys = ["tls", "readBack"]
    static let tlsKeys = ["connect", "serverName", "within", "startTLS"]
}

extension ProofStep {
    /// Reads `{tls: {connect: HOST:PORT, serverName: NAME, within: 1m}}` or `{readBack: true}`.
    init?(_ group: GroupReader, publisher: Manifest?, templates: TemplateChecker) {
        let findings = group.findings
        switch (group.has("tls"), group.has("readBack")) {
        case (true, true):
            findings.report(
                group.keyPosition("readBack"), "`prove` takes either `tls` or `readBack`.",
                "Keep `tls`, which looks at what clients are served; remove `readBack`.")
            return nil
        case (false, false):
            guard !Self.keys.contains(where: group.isMisspelt) else { return nil }
            findings.report(
                group.position, "`prove` says not how.",
                "Add `tls: {connect: HOST:PORT}` or `readBack: true`, or remove `prove`.")
            return nil
        case (false, true):
            guard let reads = group.flag("readBack") else { return nil }
            guard reads else {
                findings.report(
                    group.position(of: "readBack"), "`readBack: false` proves nothing.", "Remove `prove`.")
                return nil
            }
            if let publisher, !publisher.capabilities.contains(.inspect) {
                findings.report(
                    group.keyPosition("readBack"), "The publisher `\(publisher.name)` can't read its targets back.",
                    "Write `tls: {connect: HOST:PORT}` instead.")
            }
            self = .readBack
        case (true, false):
            guard let tls = group.group("tls", keys: Self.tlsKeys) else { return nil }
            self.init(tls: tls, templates)
        }
    }

    private init?(tls group: GroupReader, _ templates: TemplateChecker) {
        let within = group.span("within", in: Self.times) ?? Self.defaultWithin
        let serverName = Self.serverName(group, templates)
        let startTLS = group.has("startTLS") ? group.choice("startTLS", StartTLS.self) : nil
        guard group.has("connect") else {
            group.missing(
                "connect", "Add it, for example `connect: \"{{target.host}}:443\"` or `connect: localhost:443`.")
            return nil
        }
        guard let text = group.text("connect"),
            let connect = templates.template(text, at: group.position(of: "connect"))
        else { return nil }
        guard Self.namesPort(connect) else {
            group.findings.report(
                group.position(of: "connect"), "`\(text.shown)` is no `HOST:PORT`.",
                "Add the port, for example `\(text.shown):443`; an IPv6 address goes in brackets: `[::1]:443`.")
            return nil
        }
        self = .tls(connect: connect, serverName: serverName, within: within, startTLS: startTLS)
    }

    /// An empty `serverName` asks for no name.
    private static func serverName(_ group: GroupReader, _ templates: TemplateChecker) -> Template? {
        switch group.node("serverName")?.value {
        case nil: return try? Template(defaultServerName)
        case .scalar(""): return nil
        default:
            return group.text("serverName").flatMap {
                templates.template($0, at: group.position(of: "serverName"))
            }
        }
    }

    /// Whether "host:port" can come of it; an end that is a variable is seen when it is rendered.
    private static func namesPort(_ connect: Template) -> Bool {
        guard case .literal(let end) = connect.parts.last else { return true }
        guard let colon = end.lastIndex(of: ":") else { return false }
        let (host, port) = (end[..<colon], end[end.index(after: colon)...])
        guard let number = UInt16(port), number > 0, port.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return false
        }
        return connect.parts.count > 1 || OptionSchema.Shape.host.accepts(host)
    }
}

extension OptionSchema.Shape {
    /// Whether a finished host fits; an IPv6 address stands in brackets before a port (RFC 3986, 3.2.2).
    fileprivate func accepts(_ host: Substring) -> Bool {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        guard isBracketed == host.contains(":") else { return false }
        return (try? accept(isBracketed ? String(host.dropFirst().dropLast()) : String(host))) != nil
    }
}

import Foundation
import NIOCore
import PluginKit

extension PluginFailure {
    static func tooManyAliases(_ name: DNSName) -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.dns-aliases",
            message: "The CNAME records that begin at \(shown(name)) lead in a circle, or over more than 8 names.",
            remedy: "Let \(shown(name)) point to the name that holds the record directly.")
    }

    static func strangeAlias(of name: DNSName, _ target: DNSName) -> PluginFailure {
        PluginFailure(
            .policy, code: "acme.dns-strange-alias",
            message: "\(shown(name)) is an alias of \(shown(target)), which is no host name; it was not used.",
            remedy: "Ask who runs the zone: only letters, digits, `-` and `_` may stand there.")
    }

    static func noZone(_ name: DNSName) -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.dns-no-zone", message: "No zone was found that \(shown(name)) is in.",
            remedy: "Check that the domain exists, or set `resolver` to a name server that knows it.")
    }

    static func notServed(_ name: DNSName, by server: HostPort) -> PluginFailure {
        PluginFailure(
            .configuration, code: "acme.dns-not-served",
            message: "\(server) is not the authority for a zone that \(shown(name)) is in.",
            remedy: "Set `server` to the zone's primary server, or let the names for which it is `zones` of this group."
        )
    }

    static func noServers(of zone: DNSName) -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.dns-no-servers",
            message: "No addresses of name servers of \(shown(zone)) were found.",
            remedy: "Check the zone's NS records, or set `checkPropagation: false` and a `wait`.")
    }

    static func noAnswer(from server: HostPort, _ error: any Error) -> PluginFailure {
        let reason =
            switch error {
            case is DNSExchange.Overdue, ChannelError.connectTimeout(_): "it did not answer in time"
            case is DNSProblem: "what it said is no DNS message"
            case ChannelError.eof: "it closed the connection"
            case let error as IOError where error.errnoCode == ECONNREFUSED: "it refused the connection"
            case let error as IOError: String(cString: strerror(error.errnoCode))
            default: "it can't be reached"
            }
        return PluginFailure(
            .transient, code: "acme.dns-no-answer", message: "The name server \(server) gave no answer: \(reason).",
            remedy: "Check that the server runs and that a firewall lets UDP and TCP through to it.")
    }

    static func resolverRefused(_ server: HostPort, _ name: DNSName, code: UInt16) -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.dns-not-resolved",
            message: "The name server \(server) could not say what \(shown(name)) is (\(words(code))).",
            remedy: "Check the domain's servers, or set `resolver` to another name server.")
    }

    static func badAnswer(from server: HostPort) -> PluginFailure {
        PluginFailure(
            .transient, code: "acme.dns-bad-answer", message: "The name server \(server) answered something else.",
            remedy: "Check that `server` leads to a name server.")
    }

    /// - Parameter apart: by how many seconds their clock is ahead of ours.
    static func signatureRefused(
        _ error: UInt16, by server: HostPort, key: DNSName, apart: Int64?
    ) -> PluginFailure {
        switch error {
        case TSIG.Mistake.badKey:
            return PluginFailure(
                .auth, code: "acme.dns-key-unknown",
                message: "The name server \(server) does not know the key \(shown(key)).",
                remedy: "Compare `keyName` and `keyAlgorithm` with the server's configuration.")
        case TSIG.Mistake.badTime:
            let difference = apart.map { " by \($0.magnitude) seconds" } ?? ""
            return PluginFailure(
                .configuration, code: "acme.dns-clock",
                message: "The clocks of this machine and of the name server \(server) differ\(difference).",
                remedy: "Set the clocks right: they may differ by at most 300 seconds.")
        default:
            return PluginFailure(
                .auth, code: "acme.dns-key-wrong",
                message: "The name server \(server) refused the signature by the key \(shown(key)).",
                remedy: "Store the secret of exactly this key by `certflow secret set`, and check `keyAlgorithm`.")
        }
    }

    static func answerUnproved(by server: HostPort, key: DNSName) -> PluginFailure {
        PluginFailure(
            .auth, code: "acme.dns-answer-unproved",
            message: "The answer of the name server \(server) is not signed by the key \(shown(key)).",
            remedy: "Check that `server` leads to the server itself, and that nothing between changes its answers.")
    }

    static func updateRefused(
        _ code: UInt16, by server: HostPort, zone: DNSName, key: DNSName?
    ) -> PluginFailure {
        let signer = key.map { "signed by the key \(shown($0))" } ?? "without a key"
        let message = "The name server \(server) refused to change \(shown(zone)) (\(words(code)), \(signer))."
        switch code {
        case 5:
            return PluginFailure(
                .auth, code: "acme.dns-refused", message: message,
                remedy: key.map {
                    "Permit the key \(shown($0)) to change TXT records there (BIND: `update-policy` or `allow-update`)."
                } ?? "Set `keyName` and `key`: the server takes no unsigned updates.")
        case 9, 10:
            return PluginFailure(
                .configuration, code: "acme.dns-not-served", message: message,
                remedy: "Set `server` to the primary server of the zone \(shown(zone)).")
        case 1, 4:
            return PluginFailure(
                .configuration, code: "acme.dns-no-updates", message: message,
                remedy: "Use a server that takes updates by RFC 2136, or a `hook`.")
        default:
            return PluginFailure(
                .transient, code: "acme.dns-failed", message: message,
                remedy: "Look into the server's log; it is tried again.")
        }
    }

    static func hookFailed(
        _ program: String, _ verb: String, _ domain: String, _ ending: CommandResult.Ending, said: String
    ) -> PluginFailure {
        let end =
            switch ending {
            case .exited(let status): "ended with status \(status)"
            case .signalled(let signal): "was ended by signal \(signal)"
            case .timedOut: "did not end in time"
            }
        let said = OutsideText.of(said)
        return PluginFailure(
            .transient, code: "acme.hook-failed",
            message: "The hook \(program) \(end) when asked to \(verb) the record for \(domain)"
                + (said.isEmpty ? "." : ": \(said)."),
            remedy: "Run the hook by hand as certflow does and mend what it complains about.")
    }

    private static func shown(_ name: DNSName) -> String { OutsideText.of(name.description, atMost: 260) }

    private static func words(_ code: UInt16) -> String {
        switch code {
        case 1: "FORMERR"
        case 2: "SERVFAIL"
        case 3: "NXDOMAIN"
        case 4: "NOTIMP"
        case 5: "REFUSED"
        case 9: "NOTAUTH"
        case 10: "NOTZONE"
        default: "code \(code)"
        }
    }
}

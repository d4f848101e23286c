import Automation
import Foundation
import PluginKit

/// One way to put TXT records into zones.
struct DNS01Settings: Sendable {
    enum Method: Sendable {
        /// RFC 2136, at the zones' primary server.
        case update(server: HostPort, key: TSIGKey?)
        /// A program of the operator's.
        case hook(command: [String], cleanUp: [String]?, convention: HookConvention)
    }

    /// Lower case, without a trailing dot; empty: every name.
    var zones: [String]
    var method: Method
    /// Who is asked for other records; nil: those of the system.
    var resolver: HostPort?
    var checksPropagation: Bool
    /// Added when the record is seen everywhere, or in place of looking.
    var wait: Duration
    /// In seconds.
    var ttl: UInt32

    /// - Parameter name: how failures name this group.
    /// - Throws: `PluginFailure` (`configuration`, `acme.challenge-option`).
    init(_ options: Options, named name: String) throws {
        zones = try options.texts("zones").map { text in
            guard case .dns(let zone) = Subject(text), !zone.hasPrefix("*.") else {
                throw PluginFailure.challengeOption(
                    "`\(name).zones` has \"\(text.prefix(100))\", which is no domain.",
                    remedy: "Write a domain such as `example.com`: it stands for all names below it as well.")
            }
            return zone
        }
        let hook = options.texts("hook")
        if hook.isEmpty {
            try Self.refuse(options, ["hookConvention", "cleanupHook"], without: "hook", in: name)
            method = try Self.update(options, named: name)
        } else {
            let others = ["server", "keyName", "keyAlgorithm", "key", "ttl"].filter { options[$0] != nil }
            if let other = others.first {
                throw PluginFailure.challengeOption(
                    "`\(name)` has `hook` and `\(other)`, which exclude each other.",
                    remedy: "Keep `hook` for a program of yours, or `server` for updates by RFC 2136.")
            }
            method = try Self.hook(options, hook, named: name)
        }
        resolver = try options.text("resolver").map { text in
            guard let place = HostPort(text, defaultPort: 53), place.address != nil else {
                throw PluginFailure.challengeOption(
                    "`\(name).resolver` is \"\(text.prefix(100))\", which is no IP address with a port.",
                    remedy: "Write it as `192.0.2.53:53`.")
            }
            return place
        }
        checksPropagation = options.flag("checkPropagation") ?? true
        wait = options.duration("wait") ?? .zero
        ttl = UInt32(clamping: options.integer("ttl") ?? 60)
    }

    /// How much of a name this group's best zone covers, in bytes; nil where it does not serve the name.
    func reach(_ name: String) -> Int? {
        guard !zones.isEmpty else { return 0 }
        return zones.filter { name == $0 || name.hasSuffix("." + $0) }.map(\.utf8.count).max()
    }

    private static func update(_ options: Options, named name: String) throws -> Method {
        guard let text = options.text("server") else {
            throw PluginFailure.challengeOption(
                "`\(name)` has neither `server` nor `hook`.",
                remedy: "Write `server: ns1.example.com:53` for updates by RFC 2136, or `hook: [PROGRAM]`.")
        }
        guard let server = HostPort(text, defaultPort: 53) else {
            throw PluginFailure.challengeOption(
                "`\(name).server` is \"\(text.prefix(100))\", which is no host with a port.",
                remedy: "Write it as `ns1.example.com:53`.")
        }
        guard let keyName = options.text("keyName") else {
            try refuse(options, ["key", "keyAlgorithm"], without: "keyName", in: name)
            return .update(server: server, key: nil)
        }
        guard let secret = options.secret("key") else {
            throw PluginFailure.challengeOption(
                "`\(name)` has `keyName` but no `key`.",
                remedy: "Store the key's base64 text by `certflow secret set NAME` and add `key: {secret: NAME}`.")
        }
        guard let owner = DNSName(keyName), !owner.labels.isEmpty else {
            throw PluginFailure.challengeOption(
                "`\(name).keyName` is \"\(keyName.prefix(100))\", which is no name of a key.",
                remedy: "Write the name exactly as the server's configuration has it.")
        }
        guard let algorithm = TSIGKey.Algorithm(rawValue: options.text("keyAlgorithm") ?? "hmac-sha256") else {
            throw PluginFailure.challengeOption(
                "`\(name).keyAlgorithm` is not one that certflow signs with.",
                remedy: "Write `hmac-sha256`, `hmac-sha384` or `hmac-sha512`.")
        }
        guard let key = TSIGKey(name: owner, algorithm: algorithm, base64: secret) else {
            throw PluginFailure.challengeOption(
                "`\(name).key` is not the base64 text of a key.",
                remedy: "Store the text that stands behind `secret` in the server's configuration, without quotes.")
        }
        return .update(server: server, key: key)
    }

    private static func hook(_ options: Options, _ command: [String], named name: String) throws -> Method {
        let text = options.text("hookConvention") ?? HookConvention.lego.rawValue
        guard let convention = HookConvention(rawValue: text) else {
            throw PluginFailure.challengeOption(
                "`\(name).hookConvention` is not known.", remedy: "Write `lego`, `lego-raw` or `certbot`.")
        }
        let cleanUp = options.texts("cleanupHook")
        guard cleanUp.isEmpty || convention == .certbot else {
            throw PluginFailure.challengeOption(
                "`\(name)` has `cleanupHook`, but by the convention \(text) the hook itself cleans up.",
                remedy: "Remove `cleanupHook`, or write `hookConvention: certbot`.")
        }
        for part in command + cleanUp where part.utf8.contains(0) {
            throw PluginFailure.challengeOption(
                "A hook of `\(name)` holds a NUL byte.", remedy: "Write the program and its arguments as plain text.")
        }
        return .hook(command: command, cleanUp: cleanUp.isEmpty ? nil : cleanUp, convention: convention)
    }

    private static func refuse(
        _ options: Options, _ dependents: [String], without base: String, in name: String
    ) throws {
        guard let option = dependents.first(where: { options[$0] != nil }) else { return }
        throw PluginFailure.challengeOption(
            "`\(name)` has `\(option)` without `\(base)`.", remedy: "Add `\(base)`, or remove `\(option)`.")
    }
}

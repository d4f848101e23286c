import Automation
import Foundation
import PluginKit

/// How one issuing profile proves control of names, checked.
struct ChallengeSettings: Sendable {
    enum HTTP01: Sendable, Equatable {
        /// Our own listener. The standard places may be missing on a machine that has no IPv6.
        case listen([HostPort], isStandard: Bool)
        /// Files below the root of a web server on this machine.
        case webroot(String)
        /// A publishing profile that takes the files elsewhere.
        case publishing(String)
    }

    /// The standard ports (RFC 8555, 8.3; RFC 8737, 3) on all addresses.
    private static func standard(_ port: Int) -> [HostPort] {
        [HostPort(host: "0.0.0.0", port: port), HostPort(host: "::", port: port)]
    }

    /// Forms by preference; each is set up.
    var order: [Challenge.Form]
    var http01: HTTP01?
    var dns01: [DNS01Settings]
    /// Where tls-alpn-01 listens; nil where it is not set up.
    var tlsALPN01: [HostPort]?
    var tlsALPN01IsStandard: Bool

    /// - Throws: `PluginFailure` (`configuration`, `acme.challenge-option`) that names the option and what to write.
    init(_ options: Options) throws {
        http01 = try Self.group(options, "http01").map(Self.http01)
        dns01 = try options.groups("dns01").enumerated().map { index, group in
            try DNS01Settings(group, named: "dns01[\(index + 1)]")
        }
        try Self.refuseSharedZones(dns01)
        let tls = Self.group(options, "tlsALPN01")
        tlsALPN01IsStandard = tls.map { $0.texts("listen").isEmpty } ?? false
        tlsALPN01 = try tls.map { try Self.places($0, "tlsALPN01.listen") ?? Self.standard(443) }
        order = []
        order = try order(options.texts("challenges"))
    }

    /// Those that serve this name: the one with the longest zone wins, one without zones serves the rest.
    func dns01(for subject: Subject) -> DNS01Settings? {
        guard case .dns(let text) = subject else { return nil }
        let name = text.hasPrefix("*.") ? String(text.dropFirst(2)) : text
        var best: (settings: DNS01Settings, length: Int)?
        for settings in dns01 {
            guard let length = settings.reach(name), length > best?.length ?? -1 else { continue }
            best = (settings, length)
        }
        return best?.settings
    }

    private func order(_ names: [String]) throws -> [Challenge.Form] {
        let available: [(name: String, form: Challenge.Form, option: String, isSetUp: Bool)] = [
            ("http-01", .http01, "http01", http01 != nil), ("dns-01", .dns01, "dns01", !dns01.isEmpty),
            ("tls-alpn-01", .tlsALPN01, "tlsALPN01", tlsALPN01 != nil),
        ]
        guard !names.isEmpty else { return available.filter(\.isSetUp).map(\.form) }
        var forms: [Challenge.Form] = []
        for name in names {
            guard let entry = available.first(where: { $0.name == name }) else {
                throw PluginFailure.challengeOption(
                    "`challenges` has \"\(name.prefix(40))\", which is no challenge that certflow answers.",
                    remedy: "Write `http-01`, `dns-01` or `tls-alpn-01`.")
            }
            guard entry.isSetUp else {
                throw PluginFailure.challengeOption(
                    "`challenges` has \(name), but `\(entry.option)` is missing.",
                    remedy: "Add `\(entry.option)`, or remove \(name) from `challenges`.")
            }
            guard !forms.contains(entry.form) else {
                throw PluginFailure.challengeOption(
                    "`challenges` has \(name) twice.", remedy: "Remove one of the two.")
            }
            forms.append(entry.form)
        }
        return forms
    }

    private static func http01(_ group: Options) throws -> HTTP01 {
        let listen = try places(group, "http01.listen")
        let given =
            [listen == nil ? nil : "listen", group.text("webroot") == nil ? nil : "webroot"]
            .compactMap(\.self) + (group.text("publishing") == nil ? [] : ["publishing"])
        guard given.count <= 1 else {
            throw PluginFailure.challengeOption(
                "`http01` has \(given.map { "`\($0)`" }.joined(separator: " and ")), which exclude each other.",
                remedy: "Keep one of them: it says who answers the authority.")
        }
        if let root = group.text("webroot") { return .webroot(OptionText.normalized(path: root)) }
        if let name = group.text("publishing") {
            guard OptionText.isName(name) else {
                throw PluginFailure.challengeOption(
                    "`http01.publishing` is \"\(name.prefix(100))\", which is no name of a profile.",
                    remedy: "Write the name of a publishing profile.")
            }
            return .publishing(name)
        }
        return .listen(listen ?? standard(80), isStandard: listen == nil)
    }

    /// Nil where nothing is given.
    private static func places(_ group: Options, _ option: String) throws -> [HostPort]? {
        let texts = group.texts("listen")
        guard !texts.isEmpty else { return nil }
        var places: [HostPort] = []
        for text in texts {
            guard let place = HostPort(text), place.address != nil else {
                throw PluginFailure.challengeOption(
                    "`\(option)` has \"\(text.prefix(100))\", which is no IP address with a port.",
                    remedy: "Write it as `0.0.0.0:80` or `\"[::]:80\"`.")
            }
            if !places.contains(place) { places.append(place) }
        }
        return places
    }

    private static func refuseSharedZones(_ groups: [DNS01Settings]) throws {
        var seen: Set<String> = []
        for zone in groups.flatMap({ $0.zones.isEmpty ? [""] : $0.zones }) where !seen.insert(zone).inserted {
            throw PluginFailure.challengeOption(
                zone.isEmpty
                    ? "Two groups of `dns01` have no `zones`: both would serve every name."
                    : "Two groups of `dns01` have the zone \(zone).",
                remedy: "Let each zone stand in one group.")
        }
    }

    private static func group(_ options: Options, _ name: String) -> Options? {
        if case .group(let group) = options[name] { group } else { nil }
    }
}

import PluginKit

extension ChallengeSettings {
    /// The options that this part of an issuing profile takes.
    static let fields: [OptionSchema.Field] = [
        .init(
            "challenges", .list(.choice(["http-01", "dns-01", "tls-alpn-01"])), example: "[dns-01, http-01]",
            "Which challenges are answered, the preferred first; if not given, those that are set up, in the order "
                + "http-01, dns-01, tls-alpn-01. Wildcards are proved by dns-01 alone, addresses never by it."),
        .init(
            "http01", .group(http01Fields), example: "{webroot: /var/www/html}",
            "How http-01 is answered: by one of listen, webroot and publishing; on port 80 if none is given."),
        .init(
            "dns01", .list(.group(dns01Fields)),
            example: "[{server: \"ns1.example.com:53\", keyName: acme, key: {secret: acme-tsig}}]",
            "How dns-01 is answered, for each group of zones: by updates (RFC 2136) or by a program of yours."),
        .init(
            "tlsALPN01", .group(tlsALPN01Fields), example: "{listen: [\"0.0.0.0:443\"]}",
            "How tls-alpn-01 is answered: by a listener of our own."),
    ]

    private static let http01Fields: [OptionSchema.Field] = [
        .init(
            "listen", .list(.text), example: "[\"0.0.0.0:80\"]",
            "Addresses and ports on which certflow answers while something is to be proved; port 80 if not given. "
                + "Authorities ask on port 80: something must lead from there to here."),
        .init(
            "webroot", .path, example: "/var/www/html",
            "The root of a web server on this machine: files are written below .well-known/acme-challenge in it."),
        .init(
            "publishing", .text, example: "challenge-files",
            "The publishing profile that takes the files to the web server."),
    ]

    private static let tlsALPN01Fields: [OptionSchema.Field] = [
        .init(
            "listen", .list(.text), example: "[\"0.0.0.0:443\"]",
            "Addresses and ports on which certflow answers while something is to be proved; port 443 if not given.")
    ]

    private static let dns01Fields: [OptionSchema.Field] = [
        .init(
            "zones", .list(.text), example: "[example.com]",
            "The domains that this group serves, with all names below them; every name if not given. "
                + "The longest that fits a name wins."),
        .init(
            "server", .text, example: "ns1.example.com:53",
            "The primary server of the zones, which takes updates by RFC 2136 over TCP; port 53 if not given."),
        .init("keyName", .text, example: "acme-key", "The name of the TSIG key; updates are not signed without one."),
        .init(
            "keyAlgorithm", .choice(TSIGKey.Algorithm.allCases.map(\.rawValue)), example: "hmac-sha512",
            "The algorithm of the TSIG key; hmac-sha256 if not given."),
        .init("key", .secret, example: "{secret: acme-tsig}", "The TSIG key, as base64 text."),
        .init(
            "hook", .list(.text), example: "[/etc/certflow/dns-hook]",
            "A program with its first arguments that adds and removes the record, in place of server."),
        .init(
            "hookConvention", .choice(HookConvention.allCases.map(\.rawValue)), example: "certbot",
            "How the program is called: as lego's exec provider does it, the same with EXEC_MODE=RAW (lego-raw), or as "
                + "certbot's --manual-auth-hook; lego if not given."),
        .init(
            "cleanupHook", .list(.text), example: "[/etc/certflow/dns-cleanup]",
            "With the convention certbot: the program that removes the record; nothing removes it if not given."),
        .init(
            "resolver", .text, example: "192.0.2.53:53",
            "The name server that is asked where zones and their servers are; those in /etc/resolv.conf if not given. "
                + "An authoritative server at the same address is asked on the same port."),
        .init(
            "checkPropagation", .flag, example: "false",
            "Whether all authoritative servers of the zone must show the record before the authority is asked; true "
                + "if not given."),
        .init(
            "wait", .duration(0...3600), example: "30s",
            "How long to wait after that, for servers that certflow can't see; 0s if not given."),
        .init(
            "ttl", .integer(1...86_400), example: "60", "The record's time to live in seconds; 60 if not given."),
    ]
}

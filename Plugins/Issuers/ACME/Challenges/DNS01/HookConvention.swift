import PluginKit

/// How an operator's program is called, so that scripts written for other clients work.
enum HookConvention: String, Sendable, CaseIterable, Codable {
    /// lego's provider `exec`: `HOOK present FQDN VALUE`, `HOOK cleanup FQDN VALUE`.
    case lego
    /// The same with EXEC_MODE=RAW: `HOOK present -- DOMAIN TOKEN KEYAUTH`.
    case legoRaw = "lego-raw"
    /// certbot's `--manual-auth-hook` and `--manual-cleanup-hook`: all in variables.
    case certbot
}

/// What a hook was called with: enough to call it again for the clean-up.
struct HookCall: Codable, Sendable, Equatable {
    /// What a handle keeps of a hook's output, in bytes of UTF-8.
    static let mostOutput = 8192

    var convention: HookConvention
    /// Without `*.`.
    var domain: String
    /// Where the record goes, with a trailing dot.
    var name: String
    var value: String
    /// Only where the convention hands them over.
    var token: String?
    var keyAuthorization: String?
    /// What certbot's auth hook said.
    var output: String?

    init(_ challenge: CheckedChallenge, name: DNSName, by convention: HookConvention) {
        self.convention = convention
        domain = challenge.domain
        self.name = name.description
        value = challenge.recordValue
        guard convention == .legoRaw else { return }
        token = challenge.token
        keyAuthorization = challenge.keyAuthorization
    }

    /// What is added to the command.
    /// - Parameter verb: "present" or "cleanup".
    func arguments(_ verb: String) -> [String] {
        switch convention {
        case .lego: [verb, name, value]
        case .legoRaw: [verb, "--", domain, token ?? "", keyAuthorization ?? ""]
        case .certbot: []
        }
    }

    var environment: [String: String] {
        guard convention == .certbot else { return [:] }
        var variables = [
            "CERTBOT_DOMAIN": domain, "CERTBOT_VALIDATION": value, "CERTBOT_REMAINING_CHALLENGES": "0",
            "CERTBOT_ALL_DOMAINS": domain,
        ]
        if let output { variables["CERTBOT_AUTH_OUTPUT"] = output }
        return variables
    }

    mutating func keep(output text: String) {
        let trimmed = text.drop(while: \.isWhitespace)
        var kept = ""
        var size = 0
        for character in trimmed where character != "\0" {
            size += character.utf8.count
            guard size <= Self.mostOutput else { break }
            kept.append(character)
        }
        while kept.last?.isWhitespace == true { kept.removeLast() }
        output = kept
    }
}

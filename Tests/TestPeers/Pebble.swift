import Foundation

/// The ACME server that Let's Encrypt made for tests of clients. Each one is a new certification authority.
public struct Pebble: Sendable {
    public static let program = PeerProgram("pebble", package: "pebble")

    /// How it behaves.
    public struct Settings: Sendable {
        /// Good nonces that it refuses, in percent.
        public var nonceRejections = 0
        /// Authorizations that a new order takes over from an earlier one, in percent.
        public var authorizationReuse = 0
        /// Intermediates in the chain, at least 1.
        public var chainLength = 1
        /// Further chains that it offers, each to a root of its own.
        public var alternates = 0
        /// How long certificates are valid; nil: five years.
        public var validity: Duration?
        /// Every challenge passes without a look.
        public var alwaysValid = false
        /// It pauses up to this long before it looks at a challenge.
        public var longestPause = 0
        /// Keys by their identifier, base64url: where there are any, accounts have to be bound to one of them.
        public var externalAccounts: [String: String] = [:]
        /// Where it looks for the answers of http-01 and tls-alpn-01.
        public var httpPort = 80
        public var tlsPort = 443
        /// The DNS server that it asks, "127.0.0.1:8053"; nil: that of this machine.
        public var dnsServer: String?

        public init() {}

        /// Changes some of them.
        public static func with(_ change: (inout Settings) -> Void) -> Settings {
            var settings = Settings()
            change(&settings)
            return settings
        }
    }

    /// What it knows of a certificate.
    public enum Status: Equatable, Sendable {
        case unknown, valid
        case revoked(reason: Int)
    }

    public let directoryURL: URL
    /// The authority of its own HTTPS certificate (PEM), which clients have to trust. None of what it issues.
    public let bundle: URL
    private let management: URL
    private let curl: Curl

    /// Runs it beside `body`, in its strict mode.
    /// - Parameter directory: takes its files.
    public static func withRunning<Result: Sendable>(
        _ settings: Settings = Settings(), in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (Pebble) async throws -> Result
    ) async throws -> Result {
        let certificate = try await LoopbackCertificate.make(in: directory)
        return try await FreePort.start { port in
            let managementPort = try FreePort.next()
            let configuration = directory.appending(path: "pebble-\(port).json")
            try settings.text(port, managementPort, certificate).write(to: configuration)
            let asking = settings.dnsServer.map { ["-dnsserver", $0] } ?? []
            let places = [port, managementPort].compactMap { Loopback(address: "127.0.0.1", port: $0) }
            return try await program.serve(
                ["-config", configuration.path, "-strict"] + asking, in: directory, environment: settings.environment,
                until: { places.allSatisfy(\.accepts) }
            ) {
                try await body(
                    Pebble(
                        directoryURL: try url(port, "dir"), bundle: certificate.authority,
                        management: try url(managementPort, ""),
                        curl: Curl(in: directory, trusting: certificate.authority)))
            }
        }
    }

    /// Its root certificates (PEM): that of the chain it offers first, then those of the alternates.
    public func roots() async throws -> [String] {
        var roots: [String] = []
        while true {
            let answer = try await curl.get(management.appending(path: "roots/\(roots.count)"))
            guard answer.status == 200 else { return roots }
            roots.append(answer.body)
        }
    }

    /// - Parameter serial: in hexadecimal digits, without leading zeros.
    public func status(ofSerial serial: String) async throws -> Status {
        let answer = try await curl.get(management.appending(path: "cert-status-by-serial/\(serial)"))
        guard answer.status != 404 else { return .unknown }
        switch answer.members["Status"] as? String {
        case "Valid": return .valid
        case "Revoked": return .revoked(reason: answer.members["Reason"] as? Int ?? 0)
        default: throw PeerFailure("pebble said of \(serial): \(answer.status) \(answer.body)")
        }
    }

    private static func url(_ port: Int, _ path: String) throws -> URL {
        guard let url = URL(string: "https://127.0.0.1:\(port)/\(path)") else { throw PeerFailure("No URL: \(path)") }
        return url
    }
}

extension Pebble.Settings {
    fileprivate func text(_ port: Int, _ management: Int, _ certificate: LoopbackCertificate) throws -> Data {
        var members: [String: Any] = [
            "listenAddress": "127.0.0.1:\(port)", "managementListenAddress": "127.0.0.1:\(management)",
            "certificate": certificate.chain.path, "privateKey": certificate.key.path, "httpPort": httpPort,
            "tlsPort": tlsPort, "ocspResponderURL": "", "externalAccountBindingRequired": !externalAccounts.isEmpty,
            "externalAccountMACKeys": externalAccounts,
        ]
        if let validity { members["certificateValidityPeriod"] = validity.components.seconds }
        return try JSONSerialization.data(withJSONObject: ["pebble": members], options: .sortedKeys)
    }

    fileprivate var environment: [String: String] {
        var environment = [
            "PEBBLE_WFE_NONCEREJECT": "\(nonceRejections)", "PEBBLE_AUTHZREUSE": "\(authorizationReuse)",
            "PEBBLE_CHAIN_LENGTH": "\(chainLength)", "PEBBLE_ALTERNATE_ROOTS": "\(alternates)",
        ]
        if alwaysValid { environment["PEBBLE_VA_ALWAYS_VALID"] = "1" }
        environment[longestPause == 0 ? "PEBBLE_VA_NOSLEEP" : "PEBBLE_VA_SLEEPTIME"] = "\(max(1, longestPause))"
        return environment
    }
}

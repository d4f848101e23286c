import Foundation

/// BIND's name server, authoritative for some zones, on a loopback port by UDP and TCP.
public struct Named: Sendable {
    public static let program = PeerProgram("named", package: "bind9")
    private static let dig = PeerProgram("dig", package: "bind9-dnsutils")

    /// A TSIG key that the server knows.
    public struct Key: Sendable {
        public var name: String
        public var algorithm: String
        /// Base64.
        public var secret: String

        public init(
            _ name: String, algorithm: String = "hmac-sha256",
            secret: String = "Y2VydGZsb3cgdGVzdCBrZXkgMDEyMzQ1Njc4OQ=="
        ) {
            self.name = name
            self.algorithm = algorithm
            self.secret = secret
        }
    }

    /// A zone with one server, `ns1` in it at 127.0.0.1, and what else is given.
    public struct Zone: Sendable {
        var name: String
        var records: [String]
        var updates: [String]

        /// - Parameters:
        ///   - records: lines of a zone file: "www 60 IN A 192.0.2.1".
        ///   - updates: rules of `update-policy`: "grant acme-key zonesub TXT"; none: no updates.
        public init(_ name: String, _ records: [String] = [], updates: [String] = []) {
            self.name = name
            self.records = records
            self.updates = updates
        }
    }

    public let port: Int
    private let directory: URL

    /// "127.0.0.1:PORT".
    public var place: String { "127.0.0.1:\(port)" }

    /// Runs it beside `body`. It needs no rights besides those of the user who runs the tests.
    ///
    /// - Parameter recursive: whether it follows aliases from one of its zones to another, as resolvers do.
    public static func withRunning<Result: Sendable>(
        _ zones: [Zone], keys: [Key] = [], recursive: Bool = false, in directory: URL,
        isolation: isolated (any Actor)? = #isolation,
        _ body: (Named) async throws -> Result
    ) async throws -> Result {
        try await FreePort.start { port in
            guard isFreeForDatagrams(port) else { throw PeerFailure("UDP port \(port) is in use.", endedEarly: true) }
            let home = directory.appending(path: "named-\(port)")
            try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
            for zone in zones {
                try text(zone).write(to: home.appending(path: file(zone)), atomically: true, encoding: .utf8)
            }
            let configuration = home.appending(path: "named.conf")
            try text(zones, keys, recursive, port, home).write(to: configuration, atomically: true, encoding: .utf8)
            return try await program.serve(
                ["-g", "-n", "1", "-c", configuration.path], in: home, until: { isRunning(home) }
            ) {
                try await body(Named(port: port, directory: home))
            }
        }
    }

    /// What `dig` finds: the values of the records of this type, sorted.
    public func records(_ type: String, of name: String) async throws -> [String] {
        let output = try await Self.dig.run(
            ["@127.0.0.1", "-p", "\(port)", "+short", "+norecurse", "+tries=2", "-t", type, "-q", name], in: directory)
        return output.split(separator: "\n").map(String.init).sorted()
    }

    /// What it has said so far.
    public var log: String { Self.log(directory) }

    private static func isRunning(_ home: URL) -> Bool {
        log(home).split(separator: "\n").contains { $0.hasSuffix(" running") }
    }

    private static func log(_ home: URL) -> String {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: home.path)) ?? []
        return names.filter { $0.hasPrefix("named-") && $0.hasSuffix(".log") }
            .map { (try? String(contentsOf: home.appending(path: $0), encoding: .utf8)) ?? "" }.joined()
    }

    private static func isFreeForDatagrams(_ port: Int) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func file(_ zone: Zone) -> String { "\(zone.name).zone" }

    private static func text(_ zone: Zone) -> String {
        """
        $TTL 60
        @ IN SOA ns1.\(zone.name). hostmaster.\(zone.name). 1 3600 600 86400 5
        @ IN NS ns1.\(zone.name).
        ns1 IN A 127.0.0.1
        \(zone.records.joined(separator: "\n"))

        """
    }

    private static func text(_ zones: [Zone], _ keys: [Key], _ recursive: Bool, _ port: Int, _ home: URL) -> String {
        let keys = keys.map { "key \"\($0.name)\" { algorithm \($0.algorithm); secret \"\($0.secret)\"; };" }
        let zones = zones.map { zone in
            let updates = zone.updates.map { "\($0);" }.joined(separator: " ")
            let policy = updates.isEmpty ? "" : "update-policy { \(updates) };"
            return "zone \"\(zone.name)\" { type primary; file \"\(file(zone))\"; \(policy) };"
        }
        return """
            options {
              directory "\(home.path)"; managed-keys-directory "\(home.path)"; pid-file none; session-keyfile none;
              listen-on port \(port) { 127.0.0.1; }; listen-on-v6 { none; }; query-source address 127.0.0.1;
              recursion \(recursive ? "yes" : "no"); notify no; dnssec-validation no; allow-transfer { none; }; max-journal-size 64k;
            };
            controls { };
            \((keys + zones).joined(separator: "\n"))

            """
    }
}

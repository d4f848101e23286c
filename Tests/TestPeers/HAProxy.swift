import Foundation

/// An HAProxy with a master process, that serves the certificates of one directory.
public struct HAProxy: ManagedPeer {
    public static let program = PeerProgram("haproxy", package: "haproxy")
    /// What hands commands to its socket.
    public static let client = PeerProgram("socat", package: "socat")

    public let port: Int
    public let configuration: URL
    /// Where it takes commands while it runs.
    public let socket: URL
    private let directory: URL
    private let processFile: URL

    /// What to run on a free port.
    /// - Parameter certificates: a directory, which need not be there yet.
    public init(certificates: URL, in directory: URL) throws {
        try self.init(certificates, "http-request return status 204", in: directory)
    }

    /// Before a server of this machine, over TLS on both sides and HTTP/2 to its clients.
    /// - Parameter upstream: a port of 127.0.0.1, where nobody need listen.
    public init(before upstream: Int, certificates: URL, in directory: URL) throws {
        let handsOn = "default_backend behind\nbackend behind\n  server one 127.0.0.1:\(upstream) ssl verify none"
        try self.init(certificates, handsOn, in: directory)
    }

    private init(_ certificates: URL, _ answers: String, in directory: URL) throws {
        _ = try PeerProgram("pkill", package: "procps").path()
        port = try FreePort.next()
        configuration = directory.appending(path: "haproxy-\(port).cfg")
        socket = directory.appending(path: "haproxy-\(port).sock")
        processFile = directory.appending(path: "haproxy-\(port).pid")
        self.directory = directory
        let text = """
            global
              stats socket \(socket.path) mode 600 level admin
              maxconn 100
            defaults
              mode http
              timeout connect 5s
              timeout client 60s
              timeout server 60s
            frontend web
              bind 127.0.0.1:\(port) ssl crt \(certificates.path)/ alpn h2,http/1.1
              \(answers)

            """
        try text.write(to: configuration, atomically: true, encoding: .utf8)
    }

    public var test: [String] { ["haproxy", "-c", "-f", configuration.path] }
    public var reload: [String] { ["pkill", "-USR2", "--pidfile", processFile.path] }
    public var mistake: String { "nonsense" }

    public func withRunning<Result: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        let place = Loopback(address: "127.0.0.1", port: port)
        return try await Self.program.serve(
            ["-W", "-f", configuration.path, "-p", processFile.path], in: directory,
            until: { place?.accepts ?? false }
        ) { try await body() }
    }
}

import Foundation

/// A mail server whose submissions service begins with TLS, and whose smtp service does not. Needs root, as on a server.
public struct Postfix: ManagedPeer {
    public static let program = PeerProgram("postfix", package: "postfix")

    /// Of submissions.
    public let port: Int
    /// Of smtp, with STARTTLS.
    public let plainPort: Int
    private let directory: URL
    private let settings: URL

    /// What to run on free ports.
    /// - Parameter bundle: key and chain; need not be there yet.
    public init(bundle: URL, in directory: URL) throws {
        port = try FreePort.next()
        plainPort = try FreePort.next()
        self.directory = directory
        settings = directory.appending(path: "postfix")
        for name in ["", "queue", "data"] {
            try FileManager.default.createDirectory(
                at: settings.appending(path: name), withIntermediateDirectories: true)
        }
        try main(bundle).write(to: settings.appending(path: "main.cf"), atomically: true, encoding: .utf8)
        try master.write(to: configuration, atomically: true, encoding: .utf8)
    }

    /// Not main.cf: every smtpd process reads that when it starts.
    public var configuration: URL { settings.appending(path: "master.cf") }
    public var test: [String] { ["postfix", "-c", settings.path, "check"] }
    public var reload: [String] { ["postfix", "-c", settings.path, "reload"] }
    public var mistake: String { "nonsense" }

    public func withRunning<Result: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        _ = try Self.program.path()
        let account = try ServiceAccount("postfix", installation: "RUNLEVEL=1 apt-get install -y postfix")
        for place in [directory, settings] { account.pass(place) }
        account.own(settings.appending(path: "data"))
        let places = [port, plainPort].compactMap { Loopback(address: "127.0.0.1", port: $0) }
        return try await Self.program.serve(
            ["-c", settings.path, "start-fg"], in: directory, until: { places.allSatisfy(\.accepts) }
        ) { try await body() }
    }

    private func main(_ bundle: URL) -> String {
        """
        compatibility_level = 3.6
        queue_directory = \(settings.path)/queue
        data_directory = \(settings.path)/data
        maillog_file = /dev/stdout
        myhostname = www.example.com
        mydestination =
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        alias_maps =
        alias_database =
        local_recipient_maps =
        smtpd_peername_lookup = no
        smtpd_tls_security_level = may
        smtpd_tls_chain_files = \(bundle.path)

        """
    }

    private var master: String {
        """
        127.0.0.1:\(plainPort) inet n - n - - smtpd
        127.0.0.1:\(port) inet n - n - - smtpd
          -o smtpd_tls_wrappermode=yes
        anvil unix - - n - 1 anvil
        cleanup unix n - n - 0 cleanup
        postlog unix-dgram n - n - 1 postlogd
        proxymap unix - - n - - proxymap
        qmgr unix n - n 300 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        tlsmgr unix - - n 1000? 1 tlsmgr

        """
    }
}

import Foundation

/// A Tomcat that serves one keystore, with its manager on another port.
public struct Tomcat: ManagedPeer {
    private static let package = "tomcat10 tomcat10-admin"
    private static let installation = "RUNLEVEL=1 apt-get install -y --no-install-recommends \(package)"
    private static let program = PeerProgram(
        "catalina.sh", in: URL(filePath: "/usr/share/tomcat10/bin"), installation: installation)
    private static let manager = "/usr/share/tomcat10-admin/manager"

    public let port: Int
    public let managerPort: Int
    /// The keystore's passphrase, for commands that open it.
    public let configuration: URL
    /// What the manager is logged in with, as a file for curl.
    public let login: URL
    private let keystore: URL
    private let base: URL
    private let account: ServiceAccount

    /// What to run on free ports.
    /// - Parameter keystore: PKCS#12; need not be there yet.
    public init(keystore: URL, passphrase: String, in directory: URL) throws {
        port = try FreePort.next()
        managerPort = try FreePort.next()
        base = directory.appending(path: "tomcat")
        configuration = directory.appending(path: "tomcat.pass")
        login = directory.appending(path: "tomcat.netrc")
        self.keystore = keystore
        for program in [Self.program, PeerProgram("curl", package: "curl")] { _ = try program.path() }
        account = try ServiceAccount("tomcat", installation: Self.installation)
        account.pass(directory)
        for name in ["", "conf", "conf/Catalina", "conf/Catalina/localhost", "logs", "temp", "webapps", "work"] {
            let place = base.appending(path: name)
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
            account.own(place)
        }
        let password = UUID().uuidString
        let files = [
            (configuration, passphrase), (login, "machine 127.0.0.1 login certflow password \(password)\n"),
            (base.appending(path: "conf/server.xml"), server(passphrase)),
            (base.appending(path: "conf/tomcat-users.xml"), users(password)),
            (
                base.appending(path: "conf/Catalina/localhost/manager.xml"),
                "<Context docBase=\"\(Self.manager)\" privileged=\"true\"/>\n"
            ),
        ]
        for (place, text) in files {
            try Data(text.utf8).write(to: place)
            chmod(place.path, 0o600)
            if place.path.hasPrefix(base.path + "/") { account.own(place) }
        }
        for name in ["catalina.properties", "web.xml"] {
            try FileManager.default.copyItem(
                atPath: "/usr/share/tomcat10/etc/\(name)", toPath: base.appending(path: "conf/\(name)").path)
        }
    }

    /// Who it runs as.
    public var user: String { account.name }
    public var test: [String] {
        ["openssl", "pkcs12", "-in", keystore.path, "-passin", "file:\(configuration.path)", "-noout"]
    }
    public var reload: [String] {
        ["curl", "-fsS", "--netrc-file", login.path, "http://127.0.0.1:\(managerPort)/manager/text/sslReload"]
    }
    public var mistake: String { "not the passphrase" }

    public func withRunning<Result: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        let places = [port, managerPort].compactMap { Loopback(address: "127.0.0.1", port: $0) }
        return try await ServiceAccount.shell.serve(
            account.running([try Self.program.path(), "run"]), in: base,
            environment: ["CATALINA_BASE": base.path, "CATALINA_OPTS": "-Xmx128m -XX:TieredStopAtLevel=1"],
            until: { places.allSatisfy(\.accepts) }
        ) { try await body() }
    }

    private func server(_ passphrase: String) -> String {
        """
        <Server port="-1">
          <Service name="Catalina">
            <Connector port="\(managerPort)" address="127.0.0.1"/>
            <Connector port="\(port)" address="127.0.0.1" SSLEnabled="true" maxThreads="10">
              <SSLHostConfig>
                <Certificate certificateKeystoreFile="\(keystore.path)" certificateKeystoreType="PKCS12"
                             certificateKeystorePassword="\(passphrase)"/>
              </SSLHostConfig>
            </Connector>
            <Engine name="Catalina" defaultHost="localhost">
              <Realm className="org.apache.catalina.realm.MemoryRealm"/>
              <Host name="localhost" appBase="webapps"/>
            </Engine>
          </Service>
        </Server>

        """
    }

    private func users(_ password: String) -> String {
        """
        <tomcat-users>
          <user username="certflow" password="\(password)" roles="manager-script"/>
        </tomcat-users>

        """
    }
}

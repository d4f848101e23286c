import Automation
import Foundation
import Logging
import PluginKit
import Profiles
import Runner
import Storage

/// Everything that pages and API work on; handed in as values.
public struct House: Sendable {
    public var outside: RunnerDependencies
    public var people: People
    public var settings: ServerSettings
    /// Has the runner look at once.
    public var wake: @Sendable () -> Void
    /// When the runner last looked what is due; nil before the first time.
    public var lastPass: @Sendable () -> Instant?
    public var files: ProfileFiles
    public var tally: WorkTally
    public var log: Logger
    /// What flows that say nothing of it get.
    public var defaults: FlowDefaults
    /// Checks the audit trail; nil where nobody handed in the key.
    public var auditKey: Secret32?
    /// All certificates as lists show them.
    let register: CertificateRegister
    /// What checks of profiles last found.
    let checks = ProfileChecks()
    private let issuers = IssuerMemory()

    public init(
        outside: RunnerDependencies, people: People, settings: ServerSettings, wake: @escaping @Sendable () -> Void,
        lastPass: @escaping @Sendable () -> Instant?, files: ProfileFiles, tally: WorkTally = WorkTally(),
        log: Logger, defaults: FlowDefaults = FlowDefaults(), auditKey: Secret32? = nil
    ) {
        self.defaults = defaults
        self.auditKey = auditKey
        register = CertificateRegister(ledger: outside.ledger, profiles: { outside.profiles.current })
        self.outside = outside
        self.people = people
        self.settings = settings
        self.wake = wake
        self.lastPass = lastPass
        self.files = files
        self.tally = tally
        self.log = log
    }

    public var ledger: any Ledger { outside.ledger }
    /// As their files are, at most a second late.
    public var profiles: ProfileSet {
        if outside.profiles.freshen(at: outside.clock.monotonic()) { wake() }
        return outside.profiles.current
    }
    public func now() -> Instant { outside.clock.now() }

    /// Fills the register of certificates: before that, nothing is answered.
    public func prepare() async throws { try await register.freshen(at: now()) }

    /// For one answer.
    var foresight: Foresight { Foresight(outside, memory: issuers) }

    func desk(_ principal: Principal, reason: String) -> Desk {
        var desk = Desk(
            ledger: ledger, profiles: profiles, registry: outside.registry,
            person: Person(name: principal.actor, reason: reason), now: outside.clock.now, entropy: outside.entropy)
        desk.ownCertificate = settings.certificate
        return desk
    }
}

/// The files that profiles stand in.
public struct ProfileFiles: Sendable {
    /// The text of a profile's file.
    public var read: @Sendable (_ kind: String, _ name: String) throws -> String?
    /// Puts a text in its place, as a whole or not at all, where it differs from nothing but `before`.
    public var write: @Sendable (_ kind: String, _ name: String, _ text: String) throws -> Void
    /// Takes a file away; one that is not there is as good as taken away.
    public var remove: @Sendable (_ kind: String, _ name: String) throws -> Void

    public init(
        read: @escaping @Sendable (_ kind: String, _ name: String) throws -> String?,
        write: @escaping @Sendable (_ kind: String, _ name: String, _ text: String) throws -> Void,
        remove: @escaping @Sendable (_ kind: String, _ name: String) throws -> Void = { kind, name in
            throw Problem(
                503, "profile.kept", "The file of \(kind)/\(name) can't be taken away here.",
                remedy: "Remove it where it stands.")
        }
    ) {
        self.read = read
        self.write = write
        self.remove = remove
    }
}

/// How the server is reached, and by whom.
public struct ServerSettings: Sendable {
    public var host = "127.0.0.1"
    public var port = 8443
    /// What addresses in links begin with: "https://certflow.example.net".
    public var url = "https://localhost:8443"
    /// The certificate that it serves with; managed here like any other.
    public var certificate = "certflow-server"
    /// A proxy before it does TLS, and names the client in X-Forwarded-For.
    public var isBehindProxy = false
    /// Who reads `/metrics`.
    public var metrics = HomeConfiguration.Server.MetricsReaders.local
    public var lives = People.Lives()
    public var patience = Patience()
    /// Zone of pages that belong to no flow.
    public var zone = Zone.utc
    public var version = ""

    public init() {}

    /// How long the server waits for those who are slow.
    public struct Patience: Sendable {
        /// How long a connection may do nothing, or take for its handshake and the head of a request.
        public var idle = Duration.seconds(60)
        /// How long the body of a request may take.
        public var body = Duration.seconds(30)
        /// How long a client may take nothing of what is written to it.
        public var write = Duration.seconds(60)
        public init() {}
    }
}

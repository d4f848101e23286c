import Automation

/// What `certflow.yaml` of a home says.
public struct HomeConfiguration: Sendable, Equatable {
    /// Who is told when something needs a person: a program, a web service, or both.
    public struct Alerts: Sendable, Equatable {
        /// The program and its arguments; the notice comes on its input. Empty: none.
        public var command: [String]
        public var webhook: Webhook?
        /// For each.
        public var timeout: Span

        public init(command: [String] = [], webhook: Webhook? = nil, timeout: Span = .seconds(30)) {
            self.command = command
            self.webhook = webhook
            self.timeout = timeout
        }
    }

    /// Where notices are posted as JSON.
    public struct Webhook: Sendable, Equatable {
        /// `https`, without a user.
        public var url: String
        /// The name of the secret that goes along as a bearer token (RFC 6750); nil: none.
        public var token: String?
        /// The name of the secret whose key signs what is posted (Standard Webhooks); nil: it is not signed.
        public var signature: String?
        /// The PEM file with the authorities that the service's certificate may come from; nil: those of the machine.
        public var caBundle: String?

        public init(url: String, token: String? = nil, signature: String? = nil, caBundle: String? = nil) {
            self.url = url
            self.token = token
            self.signature = signature
            self.caBundle = caBundle
        }
    }

    /// How much is done at a time.
    public struct Limits: Sendable, Equatable {
        /// Renewals and publications together. A target is always worked on by one at a time.
        public var concurrent: Int
        /// Nil: as many as the issuer says it can take.
        public var perIssuer: Int?

        public init(concurrent: Int = 64, perIssuer: Int? = nil) {
            self.concurrent = concurrent
            self.perIssuer = perIssuer
        }
    }

    /// How pages and API are served.
    public struct Server: Sendable, Equatable {
        /// An address of this machine and a port.
        public var host: String
        public var port: Int
        /// What the addresses of pages begin with, without a slash at the end; nil: it follows from host and port.
        public var url: String?
        /// Of the certificates here, the one that it serves with.
        public var certificate: String
        /// A proxy on this machine does TLS, and names the client in X-Forwarded-For.
        public var isBehindProxy: Bool
        /// Who reads `/metrics`.
        public var metrics = MetricsReaders.local
        /// How long a session lasts without a request, and at most.
        public var idle: Span
        public var absolute: Span

        public static let ownCertificate = "certflow-server"

        public enum MetricsReaders: String, Sendable, CaseIterable {
            /// Whoever reaches the server.
            case open
            /// Who signed in, or sends a token, and sees all certificates.
            case token
            /// These, and programs on the same machine.
            case local
        }

        public init(
            host: String = "127.0.0.1", port: Int = 8443, url: String? = nil, certificate: String = ownCertificate,
            isBehindProxy: Bool = false, idle: Span = .hours(1), absolute: Span = .hours(12)
        ) {
            self.host = host
            self.port = port
            self.url = url
            self.certificate = certificate
            self.isBehindProxy = isBehindProxy
            self.idle = idle
            self.absolute = absolute
        }
    }

    /// Nil: alerts are shown and recorded only.
    public var alerts: Alerts?
    public var limits: Limits
    /// How long the private key of a version that no target holds is kept after its end.
    public var keysAfterExpiry: Span
    public var keepAttempts: Span
    /// How often what is served is looked at.
    public var proofEvery: Span
    public var defaults: FlowDefaults
    public var server = Server()

    public init(
        alerts: Alerts? = nil, limits: Limits = Limits(), keysAfterExpiry: Span = .days(30),
        keepAttempts: Span = .days(400), proofEvery: Span = .hours(24), defaults: FlowDefaults = FlowDefaults()
    ) {
        self.alerts = alerts
        self.limits = limits
        self.keysAfterExpiry = keysAfterExpiry
        self.keepAttempts = keepAttempts
        self.proofEvery = proofEvery
        self.defaults = defaults
    }
}

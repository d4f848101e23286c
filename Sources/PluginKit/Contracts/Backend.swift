/// A kind of plug-in, ready to be set up: the one thing a registry holds.
///
/// In-process backends are static values; executable ones are built from a program's own description. A backend owns what
/// outlives one call (connection pools, child processes) and is closed once; what `make` returns serves one call or a
/// few. An issuer, solver or notifier is made with its profile's options, secrets resolved at that moment; a publisher's
/// options differ per target and version, so they come with each `Delivery` and it is made with none.
public struct Backend<Contract: Sendable>: Sendable {
    public let manifest: Manifest
    public let make: @Sendable (_ profile: Options, _ context: PluginContext) async throws -> Contract
    public let close: @Sendable () async -> Void

    public init(
        _ manifest: Manifest,
        make: @escaping @Sendable (_ profile: Options, _ context: PluginContext) async throws -> Contract,
        close: @escaping @Sendable () async -> Void = {}
    ) {
        self.manifest = manifest
        self.make = make
        self.close = close
    }
}

/// The backends of one process, by the names that profiles use.
public struct Registry: Sendable {
    public private(set) var publishers: [String: Backend<any Publisher>] = [:]
    public private(set) var issuers: [String: Backend<any Issuer>] = [:]
    public private(set) var solvers: [String: Backend<any ChallengeSolver>] = [:]
    public private(set) var notifiers: [String: Backend<any Notifier>] = [:]

    public init(
        publishers: [Backend<any Publisher>] = [], issuers: [Backend<any Issuer>] = [],
        solvers: [Backend<any ChallengeSolver>] = [], notifiers: [Backend<any Notifier>] = []
    ) {
        for backend in publishers { self.publishers[backend.manifest.name] = backend }
        for backend in issuers { self.issuers[backend.manifest.name] = backend }
        for backend in solvers { self.solvers[backend.manifest.name] = backend }
        for backend in notifiers { self.notifiers[backend.manifest.name] = backend }
    }

    /// Closes what the backends keep open; once, when the process ends its work.
    public func close() async {
        for backend in publishers.values { await backend.close() }
        for backend in issuers.values { await backend.close() }
        for backend in solvers.values { await backend.close() }
        for backend in notifiers.values { await backend.close() }
    }
}

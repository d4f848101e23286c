import Curl
import Foundation
import PluginKit
import Synchronization

/// What outlives one call, shared by all profiles: directories, nonces, accounts and budgets as they were last seen.
final class Shared: Sendable {
    /// A CA changes its directory once in years, but terms and profiles appear in it.
    private static let directoryLife: TimeInterval = 3600
    /// Profiles times directories: a few.
    private static let limit = 64

    private struct Place: Hashable {
        var directory: String
        var trust: Trust
    }

    private struct Content {
        var directories: [Place: (directory: Directory, rules: URLRules, at: Date)] = [:]
        var nonces: [Place: NoncePool] = [:]
    }

    let transport: Transport
    let product: String
    let turns = Turns()
    let accounts = AccountCache()
    let budgets = BudgetCache()
    private let content = Mutex(Content())

    init(_ transport: Transport, product: String) {
        self.transport = transport
        self.product = product
    }

    /// - Throws: `PluginFailure`, `ServerRefusal`, `TransferFailure`, `CancellationError`.
    func session(_ settings: ACMESettings, _ clock: any WallClock, isFresh: Bool = false) async throws -> Session {
        let place = Place(directory: settings.directory, trust: settings.trust)
        let rules = try URLRules(directory: settings.directory, hosts: settings.hosts)
        if !isFresh, let known = known(place, rules, clock.now) { return session(known, rules, place, clock) }
        return try await turns.take("directory \(place)", sharesFailure: true) { [self] in
            if !isFresh, let known = known(place, rules, clock.now) { return session(known, rules, place, clock) }
            let request = Session.request(
                "GET", settings.directory, product: product, trust: settings.trust, multiplexes: false)
            let response = try await transport.send(request)
            let host = URLComponents(string: settings.directory)?.host ?? "the CA"
            guard response.status == 200 else {
                throw Session.refusal(response, "its directory", host: host, now: clock.now)
            }
            let directory = try Directory(response.body, rules)
            content.withLock {
                if $0.directories.count >= Self.limit { $0.directories.removeAll() }
                $0.directories[place] = (directory, rules, clock.now)
            }
            return session(directory, rules, place, clock)
        }
    }

    private func known(_ place: Place, _ rules: URLRules, _ now: Date) -> Directory? {
        content.withLock { content in
            guard let known = content.directories[place], known.rules == rules,
                abs(now.timeIntervalSince(known.at)) < Self.directoryLife
            else { return nil }
            return known.directory
        }
    }

    private func session(
        _ directory: Directory, _ rules: URLRules, _ place: Place, _ clock: any WallClock
    ) -> Session {
        Session(
            transport: transport, trust: place.trust, product: product, rules: rules, nonces: nonces(place),
            clock: clock, directory: directory)
    }

    private func nonces(_ place: Place) -> NoncePool {
        content.withLock { content in
            if let pool = content.nonces[place] { return pool }
            if content.nonces.count >= Self.limit { content.nonces.removeAll() }
            let pool = NoncePool()
            content.nonces[place] = pool
            return pool
        }
    }

    func removeAll() {
        content.withLock { $0 = Content() }
        accounts.removeAll()
        budgets.removeAll()
    }
}

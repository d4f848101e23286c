import Automation
import Foundation
import NIOCore
import NIOPosix

/// Looks at what the addresses of an endpoint show to a client that connects by TLS.
///
/// Owns one event loop and a few threads for name resolution; `shutdown` ends them.
public struct Probe: Sendable {
    /// More addresses than this are no endpoint that somebody runs, and would take for ever.
    static let mostAddresses = 64
    private static let parallel = 16
    private static let longest = Duration.seconds(86_400)

    private let deadline: Duration
    private let permits: @Sendable (String) -> Bool
    private let group: MultiThreadedEventLoopGroup
    private let resolver: Resolver
    private let gate = Gate()

    /// - Parameters:
    ///   - deadline: for the name, and for connection and handshake together of each address.
    ///   - permits: whether an IP address may be looked at.
    public init(deadline: Duration = .seconds(10), permits: @escaping @Sendable (String) -> Bool) {
        self.init(deadline: deadline, lookup: Resolver.system, permits: permits)
    }

    /// - Parameter lookup: finds the addresses of a name, and may block.
    init(
        deadline: Duration, lookup: @escaping Resolver.Lookup,
        permits: @escaping @Sendable (String) -> Bool = { _ in true }
    ) {
        self.permits = permits
        self.deadline = min(max(deadline, .zero), Self.longest)
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        resolver = Resolver(lookup: lookup)
    }

    /// What each address of `endpoint` shows, in the order of the resolver; at least one entry.
    ///
    /// Where a host has several addresses, those that this machine has no route to (IPv6 without IPv6) are left out.
    public func probe(_ endpoint: Endpoint) async -> [Presented] {
        let name = AddressText.text(host: endpoint.host, port: endpoint.port)
        return await gate.pass {
            await answers(of: endpoint, name)
        } otherwise: {
            [Presented(address: name, answer: .failure("\(name) was not looked at: certflow is shutting down."))]
        }
    }

    /// Ends the threads. Probes that still run are waited for, and end at once where their tasks are cancelled; a name
    /// that is still being looked up is not waited for.
    public func shutdown() async {
        await gate.close()  // an event loop that is gone would trap on those who still use it
        resolver.shutdown()
        try? await group.shutdownGracefully()
    }

    private func answers(of endpoint: Endpoint, _ name: String) async -> [Presented] {
        let addresses: [SocketAddress]
        let handshake: Handshake
        do {
            guard (1...65_535).contains(endpoint.port) else { throw ProbeProblem("\(name) has no valid port.") }
            handshake = try Handshake(endpoint, loop: group.next(), deadline: deadline)
            addresses = try await resolver.addresses(of: endpoint.host, port: endpoint.port, within: deadline)
            guard addresses.count <= Self.mostAddresses else {
                throw ProbeProblem("\(endpoint.host) has \(addresses.count) addresses, which is no endpoint to probe.")
            }
        } catch {
            return [Presented(address: name, answer: .failure(ProbeProblem(error, at: name, within: deadline).words))]
        }
        return await Self.inOrder(addresses, atATime: Self.parallel) { address in
            let text = AddressText.text(address)
            guard address.ipAddress.map(permits) ?? false else {
                return Presented(address: text, answer: .failure(Self.refusal(text)))
            }
            return Presented(address: text, answer: await handshake.answer(of: address))
        }
    }

    private static func refusal(_ address: String) -> String {
        "\(address) is not looked at: addresses of one link and of clouds' metadata services are no endpoints. See what "
            + "`prove` names, and what its name leads to."
    }

    private struct Look: Sendable {
        var index: Int
        var presented: Presented
    }

    private static func inOrder(
        _ addresses: [SocketAddress], atATime limit: Int, _ ask: @escaping @Sendable (SocketAddress) async -> Presented
    ) async -> [Presented] {
        await withTaskGroup(of: Look.self) { tasks in
            var looks: [Look] = []
            for (index, address) in addresses.enumerated() {
                if index >= limit, let look = await tasks.next() { looks.append(look) }
                tasks.addTask { Look(index: index, presented: await ask(address)) }
            }
            for await look in tasks { looks.append(look) }
            return looks.sorted { $0.index < $1.index }.map(\.presented)
        }
    }
}

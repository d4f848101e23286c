import Foundation
import NIOCore
import Synchronization
import Testing

@testable import Probe

@Suite("Names are looked up", .timeLimit(.minutes(30)))
struct ResolverTests {
    /// Answers for every name but "stuck", which it holds until it is let go.
    private final class Names: Sendable {
        let asked = Mutex<[String]>([])
        private let gate = DispatchSemaphore(value: 0)

        var lookup: Resolver.Lookup {
            { [self] host in
                asked.withLock { $0.append(host) }
                if host == "stuck" {
                    gate.wait()
                    gate.signal()  // once let go, it answers for good
                }
                return [try SocketAddress(ipAddress: "127.0.0.1", port: 0)]
            }
        }

        func letGo() { gate.signal() }
    }

    @Test("a literal address is itself, without a look-up", arguments: ["127.0.0.1", "::1", "192.0.2.7"])
    func literal(address: String) async throws {
        let names = Names()
        let resolver = Resolver(lookup: names.lookup)
        defer { resolver.shutdown() }
        let expected = [try SocketAddress(ipAddress: address, port: 443)]
        #expect(try await resolver.addresses(of: address, port: 443, within: .seconds(60)) == expected)
        #expect(names.asked.withLock { $0.isEmpty })
    }

    @Test("a name gets the port that was asked for, and the system's addresses once each")
    func system() async throws {
        let resolver = Resolver()
        defer { resolver.shutdown() }
        let addresses = try await resolver.addresses(of: "localhost", port: 8443, within: .seconds(60))
        #expect(addresses.contains(try SocketAddress(ipAddress: "127.0.0.1", port: 8443)))
        #expect(Set(addresses).count == addresses.count && addresses.allSatisfy { $0.port == 8443 })
    }

    @Test("addresses that this machine has no route to are left out, unless it has none to all of them")
    func routes() throws {
        let four = try SocketAddress(ipAddress: "127.0.0.1", port: 0)
        let six = try SocketAddress(ipAddress: "::1", port: 0)
        #expect(Resolver.usable([six, four], hasRoute: Resolver.hasRoute) == [six, four])
        #expect(Resolver.usable([six, four]) { $0.protocol == .inet } == [four])
        #expect(Resolver.usable([six, four]) { _ in false } == [six, four])
    }

    @Test("a name that can't be one is refused in words")
    func noName() async throws {
        let resolver = Resolver()
        defer { resolver.shutdown() }
        let name = String(repeating: "a", count: 64)
        let problem = await #expect(throws: ProbeProblem.self) {
            try await resolver.addresses(of: "\(name).example", port: 1, within: .seconds(60))
        }
        #expect(problem?.words.hasPrefix("The name \(name).example ") == true)
    }

    @Test("a name that hangs costs one thread, however often it is asked for, and its askers only their time")
    func stuck() async throws {
        let names = Names()
        let resolver = Resolver(threads: 2, lookup: names.lookup)
        defer { resolver.shutdown() }
        for _ in 0..<5 {
            await #expect(throws: Awaited<[SocketAddress]>.Overdue.self) {
                try await resolver.addresses(of: "stuck", port: 1, within: .milliseconds(20))
            }
            #expect(try await resolver.addresses(of: "other", port: 1, within: .seconds(60)).count == 1)
        }
        #expect(names.asked.withLock { $0.count { $0 == "stuck" } } == 1)
        async let late = resolver.addresses(of: "stuck", port: 7, within: .seconds(60))
        names.letGo()
        #expect(try await late.map(\.port) == [7])
    }

    @Test("who is cancelled does not wait")
    func cancelled() async throws {
        let names = Names()
        let resolver = Resolver(threads: 1, lookup: names.lookup)
        defer { resolver.shutdown() }
        let asking = Task { try await resolver.addresses(of: "stuck", port: 1, within: .seconds(600)) }
        asking.cancel()
        await #expect(throws: CancellationError.self) { try await asking.value }
        names.letGo()
    }
}

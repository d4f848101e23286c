import Automation
import Curl
import Foundation
import NIOCore
import Testing

@testable import Probe

@Suite("A probe", .timeLimit(.minutes(30)))
struct ProbeTests {
    /// As the program hands it in.
    private static let usual: @Sendable (String) -> Bool = { IPAddress($0).map(AddressPolicy.usual.permits) ?? false }

    @Test("refuses a port that is none", arguments: [0, -1, 65_536, .max, .min])
    func ports(port: Int) async throws {
        try await withProbe { probe in
            #expect(await probe.ask(port: port).map(\.words) == ["127.0.0.1:\(port) has no valid port."])
        }
    }

    @Test("refuses a server name that can't be sent", arguments: ["", "a\0b", String(repeating: "a", count: 256)])
    func serverNames(name: String) async throws {
        try await withProbe { probe in
            #expect(await probe.ask(port: 1, name: name).first?.words?.hasPrefix("The server name ") == true)
        }
    }

    @Test("names the host where it could not be looked up in time")
    func lookupOverdue() async throws {
        let gate = DispatchSemaphore(value: 0)
        let lookup: Resolver.Lookup = { _ in
            gate.wait()
            return []
        }
        try await withProbe(deadline: .milliseconds(20), lookup: lookup) { probe in
            let shown = await probe.ask("www.example.com", port: 443)
            gate.signal()
            #expect(shown.map(\.address) == ["www.example.com:443"])
            #expect(shown.first?.words?.hasPrefix("The name in www.example.com:443 could not be looked up") == true)
        }
    }

    @Test("asks no endpoint that has more addresses than an endpoint has")
    func manyAddresses() async throws {
        let lookup: Resolver.Lookup = { _ in
            try (0...Probe.mostAddresses).map { try SocketAddress(ipAddress: "127.0.1.\($0)", port: 0) }
        }
        try await withProbe(lookup: lookup) { probe in
            #expect(await probe.ask("www.example.com", port: 443).first?.words?.contains("65 addresses") == true)
        }
    }

    @Test(
        "connects to no address of one link or of a metadata service, however it is written and whatever name leads there",
        arguments: [
            "169.254.169.254", "fe80::1", "0.0.0.0", "::", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe",
            "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255", "ff02::1",
        ])
    func noEndpoints(address: String) async throws {
        try await withProbe(permits: Self.usual) { probe in
            let words = await probe.ask(address, port: 443).first?.words
            #expect(words?.contains("is not looked at") == true, "\(words ?? "")")
        }
        let lookup: Resolver.Lookup = { _ in [try SocketAddress(ipAddress: address, port: 0)] }
        try await withProbe(lookup: lookup, permits: Self.usual) { probe in
            let shown = await probe.ask("www.example.com", port: 443).first
            #expect(shown?.words?.contains("no endpoints") == true, "\(shown?.words ?? "")")
        }
    }

    @Test(
        "reads numbers of IPv4 as the system does, and refuses them as well", arguments: ["2852039166", "0xa9fea9fe"])
    func numbers(host: String) async throws {
        try await withProbe(permits: Self.usual) { probe in
            #expect(await probe.ask(host, port: 443).allSatisfy { $0.words?.contains("is not looked at") == true })
        }
    }

    @Test("asks many addresses at the same time, each within its own deadline")
    func manyAtATime() async throws {
        try await HostileServer.withRunning(.silent) { server in
            let lookup: Resolver.Lookup = { _ in
                try (0..<40).map { _ in try SocketAddress(ipAddress: "127.0.0.1", port: 0) }
            }
            try await withProbe(deadline: .seconds(2), lookup: lookup) { probe in
                let begun = ContinuousClock.now
                let shown = await probe.ask("www.example.com", port: server.port)
                #expect(shown.count == 40 && shown.allSatisfy { $0.words?.contains("within 2") == true })
                #expect(ContinuousClock.now - begun < .seconds(60), "one after the other takes 80 seconds")
                await server.waitForClosed(40)
            }
        }
    }

    @Test("that is called off closes its connection and says so")
    func cancelled() async throws {
        try await HostileServer.withRunning(.silent) { server in
            try await withProbe { probe in
                let asking = Task { await probe.ask(port: server.port) }
                asking.cancel()
                let words = await asking.value.first?.words
                #expect(words == "127.0.0.1:\(server.port) was not looked at: the probe was called off.")
            }
        }
    }

    @Test("that is shut down refuses, and was shut down only when the last one had its answer")
    func shutDown() async throws {
        try await HostileServer.withRunning(.silent) { server in
            let probe = Probe(deadline: .milliseconds(300)) { _ in true }
            async let running = probe.ask(port: server.port)
            await server.waitForGreeting()
            await probe.shutdown()
            #expect(await running.first?.words?.contains("within 300 ms") == true)
            for host in ["127.0.0.1", "localhost"] {
                let words = await probe.ask(host, port: server.port).first?.words
                #expect(words == "\(host):\(server.port) was not looked at: certflow is shutting down.")
            }
            await probe.shutdown()
        }
    }
}

import ArgumentParser
import Foundation
import HostileAuthority
import TestPeers

/// Renewals over ACME by the clients that others use, against one pebble that neither waits nor looks at challenges.
struct ClientsBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clients", abstract: "Renewals over ACME, by other clients (install-packages bench).")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "Certificates that are due at once.") var count = 50
    @Option(help: "The clients to measure: lego, certbot.") var clients = "lego,certbot"
    @Option(help: "How long a round trip to the server takes, in milliseconds; its requests are counted then.")
    var latency: Int?

    func run() async throws {
        let names = (0..<count).map { "host-\($0).example.test" }
        Report.heading("clients: \(count) renewals over ACME\(latency.map { ", \($0) ms per round trip" } ?? "")")
        for client in clients.split(separator: ",").map(String.init) {
            try await scratch.withDirectory { path in
                let directory = URL(filePath: path)
                // What they obtain is due at once: both renew 30 days before the end.
                let settings = Pebble.Settings.with {
                    $0.alwaysValid = true
                    $0.validity = .seconds(20 * 86_400)
                }
                try await Pebble.withRunning(settings, in: directory) { pebble in
                    guard let latency else {
                        return try await measure(client, names, pebble.directoryURL, pebble.bundle, directory, nil)
                    }
                    try await ACMEProxy.withRunning(before: pebble, latency: .milliseconds(latency), in: directory) {
                        try await measure(client, names, $0.directoryURL, $0.bundle, directory, $0)
                    }
                }
            }
        }
    }

    private func measure(
        _ name: String, _ names: [String], _ server: URL, _ bundle: URL, _ directory: URL, _ proxy: ACMEProxy?
    ) async throws {
        let own = directory.appending(path: name)
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: false)
        let place = ClientPlace(
            server: server, bundle: bundle, directory: own.path, httpPort: try FreePort.next())
        let client = try client(name, place)
        try await onThread { try client.obtain(names) }
        let before = (proxy?.passed.count ?? 0, proxy?.connections ?? 0)
        let cost = try await onThread { try client.renew(names) }
        Report.line("\(name): all \(count)", Report.seconds(cost.wall))
        Report.line("\(name): each", Report.milliseconds(cost.wall / count))
        Report.line("\(name): CPU for each", Report.milliseconds(cost.processor / count))
        Report.line("\(name): memory at its peak", Report.megabytes(cost.peak))
        guard let proxy else { return }
        Report.line("\(name): requests for each", ratio(proxy.passed.count - before.0))
        Report.line("\(name): connections for each", ratio(proxy.connections - before.1))
    }

    private func client(_ name: String, _ place: ClientPlace) throws -> any MeasuredClient & Sendable {
        switch name {
        case "lego": return LegoClient(place: place)
        case "certbot": return CertbotClient(place: place)
        default: throw ValidationError("There is no client \(name).")
        }
    }

    private func ratio(_ number: Int) -> String { String(format: "%.1f", Double(number) / Double(count)) }

    /// Waits for programs on a thread of its own: the pool's threads serve the proxy meanwhile.
    private func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: work)) }
        }
    }
}

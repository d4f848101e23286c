import ArgumentParser
import Foundation
import HostileAuthority
import TestPeers

/// Renewals over ACME by certflow and by the clients that others use, against one pebble that neither waits nor looks at
/// challenges; then many by certflow alone, and what one renewal asks of a server that is far away.
struct ClientsBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clients", abstract: "Renewals over ACME, beside other clients (install-packages bench).")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "Certificates that are due at once.") var count = 50
    @Option(help: "The clients to measure: lego, certbot, certflow.") var clients = "lego,certbot,certflow"
    @Option(help: "Certificates that certflow alone obtains.") var many = 1000
    @Option(help: "How long a round trip to the far server takes, in milliseconds.") var latency = 50
    @Option(help: "The built program.") var program = WatchBenchmark.besideThis

    func run() async throws {
        let all = clients.split(separator: ",").map(String.init)
        try await withPebble { pebble, directory in
            Report.heading("clients: \(count) renewals over ACME, every name proved by one challenge")
            try await compare(all, pebble, directory)
        }
        if all.contains("certflow") { try await obtainMany() }
        for reuse in [0, 100] {
            try await withPebble(reuse: reuse) { pebble, directory in
                let proof = reuse == 0 ? "one challenge" : "a reused authorization"
                Report.heading("clients: one renewal, \(latency) ms per round trip, \(proof)")
                let latency = Duration.milliseconds(latency)
                try await ACMEProxy.withRunning(
                    before: pebble, latency: latency, in: try Self.subdirectory("proxy", of: directory)
                ) { proxy in
                    for name in all {
                        let client = try client(name, proxy.directoryURL, proxy.bundle, directory)
                        let mostRequests = reuse == 0 ? 10 : 8
                        try await FarRenewal(client: client, proxy: proxy, latency: latency).report(
                            mostRequests: name == "certflow" ? mostRequests : nil)
                    }
                }
            }
        }
    }

    /// All of them side by side: at once as each can, and one after the other.
    private func compare(_ all: [String], _ pebble: Pebble, _ directory: URL) async throws {
        let names = Self.names(0..<count)
        var measured: [ClientFigures] = []
        for name in all {
            let client = try client(name, pebble.directoryURL, pebble.bundle, directory)
            let figures = try await Self.onThread { try ClientFigures(client, names) }
            figures.report()
            measured.append(figures)
        }
        guard let own = measured.first(where: { $0.name == "certflow" }) else { return }
        own.report(against: measured.filter { $0.name != own.name })
    }

    /// With a new pebble where one is stuck: two new orders at the same moment can block it for ever, the sooner the more
    /// authorizations it has (2.4 takes a read lock within a read lock, FindValidAuthorization).
    private func obtainMany() async throws {
        Report.heading("certflow: \(Report.grouped(Double(many))) certificates over ACME")
        for attempt in 1...Self.attempts {
            do {
                return try await withPebble { try await obtainMany($0, $1) }
            } catch let failure as MeasuredRun.Failed where attempt < Self.attempts {
                print("try \(attempt): \(failure.description)")
            }
        }
    }

    private static let attempts = 5

    private func obtainMany(_ pebble: Pebble, _ directory: URL) async throws {
        let place = try place(pebble.directoryURL, pebble.bundle, try Self.subdirectory("many", of: directory))
        let client = CertflowClient(place: place, program: program)
        let names = Self.names(0..<many)
        let authority = try RunningProcess.child(named: "pebble")
        try await Self.onThread { try client.obtain(["before.example.test"]) }
        let before = try authority.usage().processor
        let run = try await Self.onThread { try client.issue(names, label: "many") }
        let others = try authority.usage().processor - before
        let share = others / (others + run.processor)
        Report.line("all", Report.seconds(run.wall), note: "\(Report.milliseconds(run.wall / many)) each")
        Report.line("CPU for each", Report.milliseconds(run.processor / many))
        Report.line("pebble's CPU for each", Report.milliseconds(others / many))
        Report.line("pebble's share of the CPU", Report.percent(share), asked: "70 %", isMet: share >= 0.7)
        Report.line("memory at its peak", Report.megabytes(run.peak), asked: "80 MB", isMet: run.peak < 80_000_000)
    }

    // MARK: Parts

    private func withPebble(
        reuse: Int = 0, _ body: @Sendable (Pebble, URL) async throws -> Void
    ) async throws {
        try await scratch.withDirectory { path in
            let directory = URL(filePath: path)
            // What they obtain is due at once: the others renew 30 days before the end.
            let settings = Pebble.Settings.with {
                $0.alwaysValid = true
                $0.authorizationReuse = reuse
                $0.validity = .seconds(20 * 86_400)
            }
            try await Pebble.withRunning(settings, in: directory) { try await body($0, directory) }
        }
    }

    private func client(
        _ name: String, _ server: URL, _ bundle: URL, _ directory: URL
    ) throws -> any MeasuredClient {
        let place = try place(server, bundle, try Self.subdirectory(name, of: directory))
        switch name {
        case "lego": return LegoClient(place: place)
        case "certbot": return CertbotClient(place: place)
        case "certflow": return CertflowClient(place: place, program: program)
        default: throw ValidationError("There is no client \(name).")
        }
    }

    private func place(_ server: URL, _ bundle: URL, _ directory: URL) throws -> ClientPlace {
        ClientPlace(server: server, bundle: bundle, directory: directory.path, httpPort: try FreePort.next())
    }

    private static func subdirectory(_ name: String, of directory: URL) throws -> URL {
        let own = directory.appending(path: name)
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: false)
        return own
    }

    private static func names(_ numbers: Range<Int>) -> [String] { numbers.map { "host-\($0).example.test" } }

    /// Waits for programs on a thread of its own: the pool's threads serve the proxy meanwhile.
    static func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: work)) }
        }
    }
}

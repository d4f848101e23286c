import ArgumentParser
import Curl
import Foundation
import HTTPPublisher
import PluginKit
import Profiles
import TestPeers

/// How fast requests are pushed, against one `curl` that sends the same in parallel over the same number of connections.
struct PushingBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pushing",
        abstract: "1,000 files of 6 KB to an nginx with WebDAV, over TLS, against `curl --parallel`."
    )

    private static let connections = 8
    private static let size = 6 << 10
    private static let curl = PeerProgram("curl", package: "curl")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "How many are pushed in a round.") var count = 1000
    @Option(help: "How often, in turns; the median counts.") var rounds = 7

    func run() async throws {
        try await scratch.withDirectory { path in
            Report.heading("\(count) pushes of 6 KB over \(Self.connections) connections")
            let directory = URL(filePath: path)
            let certificate = try await OpenSSL(in: directory).certificate("localhost", .ecdsa, isAuthority: true)
            for name in ["ours", "theirs"] {
                try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: false)
            }
            // The server's worker may be another user.
            for name in ["", "/ours", "/theirs"] {
                try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: path + name)
            }
            let directives = "location / { root \(path); dav_methods PUT; client_body_buffer_size 64k; }"
            try await Nginx.withServer(directives, certificate, hasHTTP2: false, in: directory) { port in
                try await compare("https://localhost:\(port)", certificate.chain.path, path)
            }
        }
    }

    private func compare(_ server: String, _ bundle: String, _ directory: String) async throws {
        let client = HTTPClient(connectionsPerHost: Self.connections)
        let backend = HTTPPublisher.backend(client)
        let publisher = try await backend.make(Options(), .measured)
        let deliveries = try deliveries(server, bundle, backend)
        let list = try curlList(server, directory)
        var (ours, theirs): ([Cost], [Cost]) = ([], [])
        for _ in 0..<rounds {
            let run = try MeasuredRun.run(
                try Self.curl.path(),
                [
                    "--parallel", "--parallel-max", "\(Self.connections)", "--http1.1", "--silent", "--show-error",
                    "--fail", "--cacert", bundle, "--config", list,
                ], environment: [:], log: "\(directory)/curl.log")
            theirs.append(Cost(wall: run.wall, processor: run.processor))
            ours.append(try await measure { try await Self.push(deliveries, publisher) }.cost)
        }
        await client.close()
        guard let wall = ours.map(\.wall).median, let processor = ours.map(\.processor).median,
            let theirWall = theirs.map(\.wall).median, let theirProcessor = theirs.map(\.processor).median
        else { return }
        factor("wall time", wall, theirWall, asked: 1.15)
        factor("CPU", processor, theirProcessor, asked: 1.5)
    }

    private func factor(_ name: String, _ ours: Duration, _ theirs: Duration, asked: Double) {
        let factor = ours / theirs
        Report.line(
            "\(name), against curl's", String(format: "%.2f x", factor), asked: String(format: "%g x", asked),
            isMet: factor <= asked, note: "\(Report.milliseconds(ours)) against \(Report.milliseconds(theirs))")
    }

    /// As many at a time as there are connections.
    private static func push(_ deliveries: [Delivery], _ publisher: any Publisher) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, delivery) in deliveries.enumerated() {
                if index >= connections { try await group.next() }
                group.addTask { _ = try await publisher.publish(delivery, NoJournal()) }
            }
            try await group.waitForAll()
        }
    }

    private func deliveries(
        _ server: String, _ bundle: String, _ backend: Backend<any Publisher>
    ) throws -> [Delivery] {
        let text = """
            profile: pushing
            publisher: http
            with:
              server: \(server)
              caBundle: \(bundle)
              place: /ours/{{version.number}}.pem
              contents: [{name: chain, content: fullchain}]
              requests: [{method: PUT, path: "{{target.place}}", body: "{{content.chain}}"}]

            """
        let reading = PublishingProfile.read(
            SourceFile(text, path: "pushing.yaml"), registry: Registry(publishers: [backend]))
        guard let target = reading.profile?.targets.first else {
            throw MeasuredRun.Failed(description: "\(reading.problems)")
        }
        let artifact = Artifact(
            content: .fullchain, digest: Data(), bytes: Secret([UInt8](repeating: 65, count: Self.size)))
        return try (1...count).map { number in
            let facts = VersionFacts(
                certificate: "www.example.com", number: number, subjects: ["www.example.com"],
                fingerprint: Fingerprint(sha256: Data(repeating: 1, count: 32)), serial: "01",
                notBefore: Date(timeIntervalSince1970: 0), notAfter: Date(timeIntervalSince1970: 1))
            let options = try target.options.render(TemplateCatalog.variables(version: facts, target: target)) { _ in
                Secret([])
            }
            return Delivery(
                id: String(format: "%032x", number), version: facts, target: "here", options: options,
                artifacts: [artifact], deadline: Date(timeIntervalSinceNow: 3600))
        }
    }

    /// The same files for `curl`, as a file of its options.
    private func curlList(_ server: String, _ directory: String) throws -> String {
        let file = "\(directory)/body"
        try Data(repeating: 65, count: Self.size).write(to: URL(filePath: file))
        let entries = (1...count).map { number in
            "url = \"\(server)/theirs/\(number).pem\"\nupload-file = \"\(file)\"\noutput = \"/dev/null\"\n"
        }
        let list = "\(directory)/curl.txt"
        try entries.joined().write(toFile: list, atomically: true, encoding: .utf8)
        return list
    }
}

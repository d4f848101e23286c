import Curl
import Foundation
import PluginKit
import TestPeers

/// A small profile against a server that answers as a test says.
struct Scripted: Sendable {
    let bench: Bench
    let server: RecordingServer
    let versions: [SampleVersion]

    static let publishing = """
          requests:
            - {method: POST, path: /import, json: {chain: "{{content.chain}}", key: "{{content.key}}"}}

        """

    /// - Parameters:
    ///   - requests: what stands below `with`, two spaces in, besides server, place and contents.
    static func withRunning(
        _ requests: String = publishing, secrets: [String: String] = [:], clientAuthority: Bool = false,
        _ answer: @escaping @Sendable (RecordingServer.Request, Int) -> RecordingServer.Answer,
        _ body: (Scripted) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let versions = try await SampleVersion.make(2, in: directory)
            let client = try await OpenSSL(in: directory).certificate("client.test", .ecdsa, isAuthority: true)
            let identity = try Data(contentsOf: client.chain) + Data(contentsOf: client.key)
            var secrets = secrets
            secrets["identity"] = String(decoding: identity, as: UTF8.self)
            try await RecordingServer.withRunning(
                in: directory, clientAuthority: clientAuthority ? client.chain : nil, answer
            ) { server in
                let text = profile(requests, server: server.url, caBundle: server.bundle)
                    .replacing("{url}", with: server.url)
                try await withClient { client in
                    try await body(
                        Scripted(
                            bench: try await Bench(text, client, secrets: secrets), server: server, versions: versions)
                    )
                }
            }
        }
    }

    static func profile(_ requests: String, server: String, caBundle: URL? = nil) -> String {
        """
        profile: scripted
        publisher: http
        with:
          server: \(server)
          \(caBundle.map { "caBundle: \($0.path)" } ?? "# no bundle")
          place: one
          contents:
            - {name: chain, content: fullchain}
            - {name: key, content: privateKey}

        """ + requests
    }

    /// How publishing the first version is refused.
    func refusal() async throws -> PluginFailure? { try await refusal(MemoryJournal()) }

    func refusal(_ journal: MemoryJournal) async throws -> PluginFailure? {
        try await failure { try await bench.publish(versions[0], journal) }
    }
}

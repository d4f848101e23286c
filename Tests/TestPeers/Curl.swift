import Foundation

/// Requests sent with the `curl` command: what peers are asked and told besides what is tested.
public struct Curl: Sendable {
    public static let program = PeerProgram("curl", package: "curl")

    public struct Answer: Sendable {
        public let status: Int
        public let body: String

        /// The members of the object that the body is.
        public var members: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
        }
    }

    private let directory: URL
    private let bundle: URL?

    /// - Parameters:
    ///   - directory: where it runs.
    ///   - bundle: authorities that it trusts (PEM); nil: those of this machine.
    public init(in directory: URL, trusting bundle: URL? = nil) {
        self.directory = directory
        self.bundle = bundle
    }

    /// - Parameter place: "127.0.0.1:8080", where it connects to, whatever the URL says.
    /// - Throws: `PeerFailure` where no answer came.
    public func get(_ url: URL, connectingTo place: String? = nil) async throws -> Answer {
        try await send((place.map { ["--connect-to", "::\($0)"] } ?? []) + [url.absoluteString])
    }

    /// Posts a JSON object.
    /// - Throws: `PeerFailure` where no answer came.
    @discardableResult
    public func post(_ members: [String: any Sendable], to url: URL) async throws -> Answer {
        let body = String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
        return try await send(["--header", "Content-Type: application/json", "--data-raw", body, url.absoluteString])
    }

    private func send(_ arguments: [String]) async throws -> Answer {
        let common = ["--silent", "--show-error", "--noproxy", "*", "--write-out", "\n%{http_code}"]
        let trust = bundle.map { ["--cacert", $0.path] } ?? []
        let said = try await Self.program.run(common + trust + arguments, in: directory)
        guard let line = said.lastIndex(of: "\n"), let status = Int(said[said.index(after: line)...]) else {
            throw PeerFailure("`curl` said no status: \(said)")
        }
        return Answer(status: status, body: String(said[..<line]))
    }
}

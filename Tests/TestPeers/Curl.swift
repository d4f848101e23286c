import Foundation

/// Requests sent with the `curl` command: what peers are asked and told besides what is tested.
public struct Curl: Sendable {
    public static let program = PeerProgram("curl", package: "curl")

    public struct Answer: Sendable {
        public let status: Int
        /// In their order, with names in lower case.
        public let headers: [(name: String, value: String)]
        public let body: String

        /// The members of the object that the body is.
        public var members: [String: Any] {
            (try? JSONSerialization.jsonObject(with: Data(body.utf8))) as? [String: Any] ?? [:]
        }

        /// All values of a header.
        public func values(of name: String) -> [String] {
            headers.filter { $0.name == name.lowercased() }.map(\.value)
        }

        /// What `--include` prints: status line, header, empty line, body.
        fileprivate init(_ text: String) throws {
            var rest = text[...]
            var lines: [Substring] = []
            // A preliminary answer (100) comes before the real one.
            while rest.hasPrefix("HTTP/"), let end = rest.range(of: "\r\n\r\n") {
                lines = rest[..<end.lowerBound].split(separator: "\r\n")
                rest = rest[end.upperBound...]
            }
            guard let first = lines.first,
                let status = first.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
            else { throw PeerFailure("`curl` said no status: \(text)") }
            self.status = status
            headers = lines.dropFirst().compactMap { line in
                guard let colon = line.firstIndex(of: ":") else { return nil }
                let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                return (line[..<colon].lowercased(), value)
            }
            body = String(rest)
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
    public func post(
        _ members: [String: any Sendable], to url: URL, type: String? = "application/json", agent: String? = "curl"
    ) async throws -> Answer {
        let body = String(decoding: try JSONSerialization.data(withJSONObject: members), as: UTF8.self)
        // A header without a value is left out.
        let headers = ["Content-Type:" + (type.map { " " + $0 } ?? ""), "User-Agent:" + (agent.map { " " + $0 } ?? "")]
        return try await send(headers.flatMap { ["--header", $0] } + ["--data-raw", body, url.absoluteString])
    }

    private func send(_ arguments: [String]) async throws -> Answer {
        let common = ["--silent", "--show-error", "--noproxy", "*", "--include"]
        let trust = bundle.map { ["--cacert", $0.path] } ?? []
        return try Answer(try await Self.program.run(common + trust + arguments, in: directory))
    }
}

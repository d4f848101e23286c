import Foundation

/// A server as it stands on a machine: it shows the certificate that lies at a place, and takes up what lies there then
/// at each reload.
public protocol ManagedPeer: Sendable {
    /// Where it begins with TLS, on 127.0.0.1.
    var port: Int { get }
    /// The arguments of commands that look at what it is configured with, and have it take up new files.
    var test: [String] { get }
    var reload: [String] { get }
    /// What `test` looks at, and a line that, put before all others there, makes it fail.
    var configuration: URL { get }
    var mistake: String { get }

    /// Runs it beside `body`. The files that it reads have to be there.
    func withRunning<Result: Sendable>(
        isolation: isolated (any Actor)?, _ body: () async throws -> Result
    ) async throws -> Result
}

extension ManagedPeer {
    /// Runs `body` with a mistake in the configuration.
    public func withMistake<Result>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
    ) async throws -> Result {
        let text = try String(contentsOf: configuration, encoding: .utf8)
        // In place: it keeps its owner.
        try Data("\(mistake)\n\(text)".utf8).write(to: configuration)
        let result = try await body()
        try Data(text.utf8).write(to: configuration)
        return result
    }
}

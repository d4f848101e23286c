import Curl
import PluginKit

extension HTTPPublisher {
    /// The backend that a registry holds. All publications of a process share the client's connections, and the tokens
    /// that authorization servers gave.
    /// - Parameter client: who closes it is its maker.
    public static func backend(_ client: HTTPClient) -> Backend<any Publisher> {
        let tokens = TokenCache()
        return Backend(
            manifest,
            make: { _, context in
                HTTPPublisher(
                    Outside(
                        send: { try await client.send($0) }, clock: context.clock, state: context.state,
                        tokens: tokens, entropy: context.entropy))
            })
    }

    public static let manifest = Manifest(
        name: "http", kind: .publisher, version: "1",
        summary: "Requests as data to the HTTP interface of an appliance, a cloud or a server.",
        capabilities: [.check, .inspect, .rollback, .sweep, .withdraw],
        contents: Set(Artifact.Content.allCases), options: OptionSchema(HTTPSchema.fields), concurrency: 4)
}

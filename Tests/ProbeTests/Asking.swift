import Automation
import Foundation
import NIOCore

@testable import Probe

extension Presented {
    /// The words of a failure; nil where a chain was shown.
    var words: String? {
        if case .failure(let words) = answer { words } else { nil }
    }
}

/// Makes a probe for `body` and shuts it down afterwards.
func withProbe<Result>(
    deadline: Duration = .seconds(60), lookup: @escaping Resolver.Lookup = Resolver.system,
    permits: @escaping @Sendable (String) -> Bool = { _ in true }, isolation: isolated (any Actor)? = #isolation,
    _ body: (Probe) async throws -> Result
) async throws -> Result {
    let probe = Probe(deadline: deadline, lookup: lookup, permits: permits)
    do {
        let result = try await body(probe)
        await probe.shutdown()
        return result
    } catch {
        await probe.shutdown()
        throw error
    }
}

extension Probe {
    /// What one loopback address shows.
    func ask(
        _ host: String = "127.0.0.1", port: Int, name: String? = "www.example.com", _ keyType: KeyType = .ecdsaP256
    ) async -> [Presented] {
        await probe(Endpoint(host: host, port: port, serverName: name, keyType: keyType))
    }
}

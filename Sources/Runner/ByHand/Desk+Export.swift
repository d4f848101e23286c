import PluginKit
import Storage

extension Desk {
    /// Records that a private key leaves the home. Commit it before the key goes.
    /// - Parameter place: a file, or "standard output".
    public func noteKeyExport(
        of name: String, version: Int, content: Artifact.Content, to place: String
    ) async throws {
        var event = event("key.exported", name, "version \(version)")
        event.detail = ["form": content.rawValue, "to": place]
        try await commit([], [event])
    }
}

import Foundation

/// What a plug-in writes for its own later use: opaque to the host, never a secret, at most 64 KiB.
public struct Handle: Codable, Sendable, Hashable {
    /// The largest `content` the host stores, in bytes.
    public static let limit = 65_536

    /// Lets a later release of the plug-in read what an earlier one wrote.
    public var format: Int
    public var content: Data

    /// - Throws: `PluginFailure` (`bug`) when the encoded content is larger than `limit`.
    public init(_ content: some Encodable, format: Int = 1) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        self.init(encoded: try encoder.encode(content), format: format)
        guard self.content.count <= Self.limit else {
            throw PluginFailure(
                .bug, code: "plugin.handle-too-large",
                message: "A plug-in wanted to record a handle of \(self.content.count) bytes; at most 64 KiB are kept.",
                remedy: "Report this to the author of the plug-in.")
        }
    }

    public init(encoded content: Data, format: Int) {
        self.format = format
        self.content = content
    }

    /// - Throws: `PluginFailure` (`bug`) when the content is not what `type` expects.
    public func decode<Content: Decodable>(_ type: Content.Type) throws -> Content {
        do {
            return try JSONDecoder().decode(type, from: content)
        } catch {
            throw PluginFailure(
                .bug, code: "plugin.handle-unreadable",
                message: "A recorded handle (format \(format)) can't be read as \(type).",
                remedy:
                    "It was written by another release of the plug-in; go back to that one, or publish anew by hand.")
        }
    }
}

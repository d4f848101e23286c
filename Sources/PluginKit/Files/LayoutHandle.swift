/// What a layout records for its own later use: which set it put in place, and how to undo that.
struct LayoutHandle: Codable, Sendable, Hashable {
    enum Undo: Codable, Sendable, Hashable {
        /// The set was in place already: there is nothing to undo.
        case nothing
        /// Versioned: there was no `live`.
        case unlink
        /// Versioned: `live` pointed to this version.
        case version(String)
        /// Flat: the copies of what was there lie in the set's directory, below this one.
        case copies(below: String)
    }

    /// Where, so that a handle never acts in another directory than the one it speaks of.
    var directory: String
    var layout: FileOptions.Layout
    /// The name of the set's own directory.
    var set: String
    var undo: Undo
}

extension LayoutHandle {
    /// The handle that the host kept, if it speaks of `options.directory`.
    /// - Throws: `PluginFailure` (`configuration`) where the profile's directory is another one by now.
    static func read(_ handle: Handle, for options: FileOptions) throws -> LayoutHandle {
        let read = try handle.decode(LayoutHandle.self)
        guard read.directory == options.directory else {
            throw PluginFailure(
                .configuration, code: "files.other-directory",
                message: "What is to be rolled back lies in \(read.directory); the profile names \(options.directory).",
                remedy: "Publish again to \(options.directory), or set the profile's directory back first.")
        }
        return read
    }

    /// Those of `handles` that speak of a set in `options.directory`; what others wrote is left out.
    static func readable(_ handles: [Handle], for options: FileOptions) -> [LayoutHandle] {
        handles.compactMap { try? read($0, for: options) }
    }
}

/// A name for all paths that play the same part, so that temporary names with digests in them count as one.
///
/// The roles of a run are an ordered list; the first whose pattern matches a path gives its role, else it is `other`.
public struct PathRole: Sendable, Hashable {
    /// The name: no space, tab, newline or `>`.
    public let name: String
    /// `*` and `?` stay within a path component, `**` crosses them; a pattern that does not begin with `/` may begin
    /// at any component. Sockets match as `socket:inet:127.0.0.1:443` or `socket:unix:/path`.
    public let pattern: String

    public init(_ name: String, _ pattern: String) {
        self.name = name
        self.pattern = pattern
    }

    /// The role of paths that match nothing.
    public static let other = "other"
}

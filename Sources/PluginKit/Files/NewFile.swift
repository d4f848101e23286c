/// A file that a tree is to create.
public struct NewFile: Sendable {
    public var path: String
    public var bytes: Secret
    public var attributes: FileAttributes

    public init(_ path: String, _ bytes: Secret, _ attributes: FileAttributes) {
        self.path = path
        self.bytes = bytes
        self.attributes = attributes
    }
}

/// What a created file looks like.
public struct FileAttributes: Sendable, Hashable {
    /// Permission bits.
    public var mode: UInt32
    /// A name or a number; nil leaves the one that writes.
    public var owner: String?
    /// A name or a number; nil leaves what the directory gives.
    public var group: String?
    /// A file whose extended attributes, ACL and security label are taken over, where the tree has such and the file
    /// is there. The rights of its ACL's named users and groups stay as they were in effect; those of owner, group and
    /// others are `mode`.
    public var like: String?

    public init(mode: UInt32, owner: String? = nil, group: String? = nil, like: String? = nil) {
        self.mode = mode
        self.owner = owner
        self.group = group
        self.like = like
    }
}

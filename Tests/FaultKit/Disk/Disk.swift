import Glibc

/// A model of a file system under a power loss: what is on the disk, and what only the kernel's memory holds.
///
/// The rules, strict where POSIX leaves room:
/// - bytes, size and mode are durable after `fsync` of that file; bytes and size after `fdatasync`;
/// - a name is durable after `fsync` or `fdatasync` of its directory, and of nothing else: syncing a new file does not
///   keep its name, syncing a new directory does not keep it in its parent;
/// - a rename is one change, durable with the directory of the new name: either the old name is there or the new one;
/// - without a sync each change may be lost or kept on its own, whatever came later. ext4 keeps the order of name
///   changes; other file systems need not;
/// - a failed sync saves nothing, and what it should have saved no later sync saves (Linux marks the pages clean);
/// - `sync_file_range`, `syncfs` and O_SYNC count for nothing; owners and extended attributes are not modelled.
///
/// What the trace does not show being made is taken to be there, durably, since before the run.
struct Disk: Sendable {
    typealias Object = Int

    enum Kind: Sendable, Hashable { case file, directory, link }

    /// An object as it is on the disk.
    struct Node: Sendable {
        var kind: Kind
        var bytes: [UInt8] = []
        var mode: UInt32
        var target = ""
        /// The change that last made names durable, per name; a name taken away stays as nil.
        var entries: [String: (object: Object?, change: Int)] = [:]
        /// The newest durable change of the content.
        var change = -1
    }

    static let root: Object = 0

    private(set) var nodes: [Node] = [Node(kind: .directory, mode: 0o755)]
    private(set) var pending: [DiskChange] = []
    /// The names as the running program sees them.
    private var names: [[String: Object]] = [[:]]
    private var identities: [TracedCall.FileIdentity: Object] = [:]
    private var nextChange = 0

    init(_ start: DiskTree? = nil) {
        for (path, node) in (start?.nodes ?? [:]).sorted(by: { $0.key < $1.key }) {
            switch node {
            case .directory(let mode): _ = place(path, Node(kind: .directory, mode: mode))
            case .file(let bytes, let mode): _ = place(path, Node(kind: .file, bytes: bytes, mode: mode))
            case .link(let target): _ = place(path, Node(kind: .link, mode: 0o777, target: target))
            }
        }
    }

    // MARK: Looking

    /// What a path without links leads to for the running program.
    func object(at path: String) -> Object? {
        var object = Self.root
        for name in Self.components(path) {
            guard let next = names[object][name] else { return nil }
            object = next
        }
        return object
    }

    func object(with identity: TracedCall.FileIdentity) -> Object? { identities[identity] }

    func children(of object: Object) -> [String: Object] { names[object] }

    static func components(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    /// Where a link leads, as far as names alone say.
    static func target(_ target: String, ofLinkAt path: String) -> [String] {
        var place = target.hasPrefix("/") ? [] : Array(components(path).dropLast())
        for component in components(target) where component != "." {
            if component == ".." { _ = place.popLast() } else { place.append(component) }
        }
        return place
    }

    // MARK: Changing

    /// Puts something in place that was there before the run.
    private mutating func place(_ path: String, _ node: Node) -> Object {
        var directory = Self.root
        let components = Self.components(path)
        guard let last = components.last else { return directory }
        for name in components.dropLast() {
            directory = names[directory][name] ?? add(Node(kind: .directory, mode: 0o755), to: directory, as: name)
        }
        return names[directory][last] ?? add(node, to: directory, as: last)
    }

    private mutating func add(_ node: Node, to directory: Object, as name: String) -> Object {
        let object = make(node)
        nodes[directory].entries[name] = (object, -1)
        names[directory][name] = object
        return object
    }

    private mutating func make(_ node: Node) -> Object {
        nodes.append(node)
        names.append([:])
        return nodes.count - 1
    }

    /// The object of a call, taken to have been there before where the trace does not know it.
    private mutating func known(_ call: TracedCall) -> Object {
        if let identity = call.identity, let object = identities[identity] { return object }
        let node = Node(kind: Self.kind(call.mode), mode: call.mode & 0o7777)
        // A file that lost its name has no claim on what has the name now.
        let object = call.isNameless ? make(node) : place(call.path, node)
        if let identity = call.identity { identities[identity] = object }
        return object
    }

    private static func kind(_ mode: UInt32) -> Kind {
        switch mode & S_IFMT {
        case S_IFDIR: .directory
        case S_IFLNK: .link
        default: .file
        }
    }

    private mutating func change(_ owner: Object, by call: TracedCall, _ effect: DiskChange.Effect) {
        pending.append(DiskChange(id: nextChange, owner: owner, call: call, effect: effect))
        nextChange += 1
        guard case .names(let edits) = effect else { return }
        for edit in edits { names[edit.directory][edit.name] = edit.object }
    }

    private mutating func parent(of path: String) -> (directory: Object, name: String) {
        let components = Self.components(path)
        let parent = "/" + components.dropLast().joined(separator: "/")
        return (place(parent, Node(kind: .directory, mode: 0o755)), components.last ?? "")
    }

    private mutating func name(_ path: String, _ object: Object?, by call: TracedCall) {
        let (directory, name) = parent(of: path)
        change(directory, by: call, .names([.init(directory: directory, name: name, object: object)]))
    }

    /// Takes a call that has ended into account. Syncs go through ``sync(_:coveringChangesBefore:)``.
    mutating func apply(_ call: TracedCall) {
        guard call.succeeded else { return }
        switch call.name {
        case .open, .stdio: open(call)
        case .write where call.result > 0:
            change(known(call), by: call, .write(at: call.offset ?? 0, call.data))
        case .truncate: change(known(call), by: call, .resize(call.offset ?? 0))
        case .allocate where call.flags == 0:
            change(known(call), by: call, .grow((call.offset ?? 0) + call.length))
        case .chmod: change(known(call), by: call, .mode(call.flags & 0o7777))
        case .mkdir:
            let object = make(Node(kind: .directory, mode: call.mode & 0o7777))
            if let identity = call.identity { identities[identity] = object }
            name(call.path, object, by: call)
        case .symlink: name(call.path, make(Node(kind: .link, mode: 0o777, target: call.second ?? "")), by: call)
        case .link: link(call)
        case .rename: rename(call)
        case .unlink, .rmdir:
            let kind: Kind = call.name == .rmdir ? .directory : .file
            _ = place(call.path, Node(kind: kind, mode: call.mode & 0o7777))
            name(call.path, nil, by: call)
        default: break
        }
    }

    private mutating func open(_ call: TracedCall) {
        guard call.created else {
            let object = known(call)
            if call.flags & UInt32(O_TRUNC) != 0 { change(object, by: call, .resize(0)) }
            return
        }
        let object = make(Node(kind: .file, mode: call.mode & 0o7777))
        if let identity = call.identity { identities[identity] = object }
        if !call.isNameless { name(call.path, object, by: call) }
    }

    private mutating func link(_ call: TracedCall) {
        let old = call.identity.flatMap { identities[$0] } ?? call.second.flatMap { object(at: $0) }
        let node = Node(kind: Self.kind(call.mode), mode: call.mode & 0o7777)
        name(call.path, old ?? place(call.second ?? call.path, node), by: call)
    }

    private mutating func rename(_ call: TracedCall) {
        guard let second = call.second else { return }
        let moved = place(second, Node(kind: Self.kind(call.mode), mode: call.mode & 0o7777))
        let old = parent(of: second)
        let new = parent(of: call.path)
        let exchanges = call.flags & 2 != 0
        let left = exchanges ? place(call.path, Node(kind: .file, mode: 0o644)) : nil
        change(
            new.directory, by: call,
            .names([
                .init(directory: old.directory, name: old.name, object: left),
                .init(directory: new.directory, name: new.name, object: moved),
            ]))
    }

    /// What a sync that begins now can cover.
    var changeCount: Int { nextChange }

    /// Takes a sync that has ended into account: it covers what had ended when it began.
    mutating func sync(_ call: TracedCall, coveringChangesBefore limit: Int) {
        guard call.harm != .killBefore else { return }
        let owner = known(call)
        var left: [DiskChange] = []
        for var change in pending {
            let isMeant = change.owner == owner && change.id < limit && change.isSaved(by: call.name)
            if isMeant && call.succeeded {
                nodes.save(change)
            } else {
                if isMeant { change.isLost = true }
                left.append(change)
            }
        }
        pending = left
    }
}

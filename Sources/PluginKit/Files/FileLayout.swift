/// The verbs of a publisher of files, over any medium: the layouts are algorithms over a `FileTree`.
///
/// A publisher makes one per call, with the tree rooted at `options.directory`, and passes its own verbs on.
public struct FileLayout: Sendable {
    private let options: FileOptions
    private let tree: any FileTree

    public init(_ options: FileOptions, tree: any FileTree) {
        self.options = options
        self.tree = tree
    }

    /// Whether what stands at the places may be replaced. Changes nothing.
    /// - Throws: the `PluginFailure` with which `publish` would refuse.
    public func check(_ delivery: Delivery) async throws {
        switch options.layout {
        case .versioned: _ = try await versioned.currentVersion(delivery)
        case .flat: try await flat.refuseForeignKinds()
        }
    }

    /// What readers find there now.
    public func inspect() async throws -> Presence {
        switch options.layout {
        case .versioned: try await versioned.inspect()
        case .flat: try await flat.inspect()
        }
    }

    /// The files of the delivery beside those that readers find there now. Changes nothing.
    /// - Throws: the `PluginFailure` with which `publish` would refuse.
    public func compare(_ delivery: Delivery) async throws -> [ComparedFile] {
        let set = try FileSet(options, delivery)
        switch options.layout {
        case .versioned:
            let current = try await versioned.currentVersion(delivery)
            return try await set.compared(in: current.map { VersionedLayout.directory($0) }, of: tree)
        case .flat:
            try await flat.refuseForeignKinds()
            return try await set.compared(in: "", of: tree)
        }
    }

    public func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt {
        switch options.layout {
        case .versioned: try await versioned.publish(delivery, journal)
        case .flat: try await flat.publish(delivery, journal)
        }
    }

    /// Undoes what `handle` speaks of, in the layout that it was done in, whatever the profile says by now.
    public func rollback(_ delivery: Delivery, to handle: Handle, _ journal: any Journal) async throws -> Receipt {
        let read = try LayoutHandle.read(handle, for: options)
        return switch read.layout {
        case .versioned: try await versioned.rollback(delivery, read, handle, journal)
        case .flat: try await flat.rollback(delivery, read, handle, journal)
        }
    }

    /// Removes old sets of this delivery's certificate that `handles` do not name, and what its dead tries left; all
    /// but what is in place and the newest `options.keep`. What bears no record of ours is never touched.
    public func sweep(_ delivery: Delivery, keeping handles: [Handle]) async throws {
        let named = LayoutHandle.readable(handles + (delivery.resuming.map { [$0] } ?? []), for: options)
        switch options.layout {
        case .versioned: try await versioned.sweep(delivery, keeping: named)
        case .flat: try await flat.sweep(delivery, keeping: named)
        }
    }

    /// Removes all that this certificate's deliveries put there, what is in place included. A file that was changed
    /// since, and what bears no record of ours, stays. Empty directories that readers see stay.
    /// - Returns: what was removed and what was left, in words.
    /// - Throws: `PluginFailure` (`policy`) where what is in place belongs to somebody else.
    public func withdraw(_ delivery: Delivery) async throws -> [String] {
        switch options.layout {
        case .versioned: try await versioned.withdraw(delivery)
        case .flat: try await flat.withdraw(delivery)
        }
    }

    private var versioned: VersionedLayout { VersionedLayout(options: options, tree: tree) }
    private var flat: FlatLayout { FlatLayout(options: options, tree: tree) }
}

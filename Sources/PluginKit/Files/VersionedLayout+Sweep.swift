extension VersionedLayout {
    /// Removes what this certificate's deliveries left: old versions past `options.keep`, and sets that a dead try never
    /// finished. Never what `live` points to or a handle names; never what bears no record of ours.
    func sweep(_ delivery: Delivery, keeping handles: [LayoutHandle]) async throws {
        guard let names = try await tree.names(in: Self.versions) else { return }
        var kept: Set<String> = []
        for handle in handles where handle.layout == .versioned {
            kept.insert(handle.set)
            if case .version(let before) = handle.undo { kept.insert(before) }
        }
        if case .link(let destination) = try await tree.kind(of: Self.live) {
            // A link that we can't read may lead anywhere: nothing is removed then.
            guard let name = Self.version(in: destination) else { return }
            kept.insert(name)
        }
        let sweeper = SetSweeper(tree: tree, directory: Self.versions, certificate: delivery.version.certificate)
        try await sweeper.sweep(names, keeping: kept, newest: options.keep)
    }
}

extension FlatLayout {
    /// Removes the copies that old deliveries of this certificate kept, past `options.keep`, and what dead tries left
    /// beside the places. Never a set that is in place, half in place, or named by a handle.
    func sweep(_ delivery: Delivery, keeping handles: [LayoutHandle]) async throws {
        guard let names = try await tree.names(in: store) else { return }
        var kept = Set(handles.filter { $0.layout == .flat }.map(\.set))
        switch try await state() {
        case .current(let set), .switching(let set): kept.insert(set)
        case nil: break
        }
        let sweeper = SetSweeper(tree: tree, directory: store, certificate: delivery.version.certificate)
        try await sweeper.sweep(names, keeping: kept, newest: options.keep) { try await removeNew(of: $0) }
    }
}

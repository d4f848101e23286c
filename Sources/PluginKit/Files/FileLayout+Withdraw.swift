extension VersionedLayout {
    /// The link goes first: readers see all of a version or nothing.
    func withdraw(_ delivery: Delivery) async throws -> [String] {
        var told: [String] = []
        if try await currentVersion(delivery) != nil {
            try await tree.remove(Self.live)
            try await tree.synchronize("")
            told.append("removed \(options.directory)/\(Self.live)")
        }
        guard let names = try await tree.names(in: Self.versions) else { return told }
        let sweeper = SetSweeper(tree: tree, directory: Self.versions, certificate: delivery.version.certificate)
        try await sweeper.sweep(names, keeping: [], newest: 0)
        let left = try await tree.names(in: Self.versions) ?? []
        if left.count < names.count {
            told.append(
                "removed \(names.count - left.count) of its versions below \(options.directory)/\(Self.versions)")
        }
        if !left.isEmpty {
            told.append(
                "left what is not its own below \(options.directory)/\(Self.versions): \(left.sorted().joined(separator: ", "))"
            )
        }
        return told
    }
}

extension FlatLayout {
    /// Only files that still are what was published go; the state goes after them, so that a try that ended half way
    /// can be done again.
    func withdraw(_ delivery: Delivery) async throws -> [String] {
        var told: [String] = []
        switch try await state() {
        case .current(let set), .switching(let set):
            if let record = try await SetRecord.read(in: path(set), of: tree),
                record.certificate != delivery.version.certificate
            {
                throw LayoutFailure.otherCertificate(
                    options.directory, holds: record.certificate, wanted: delivery.version.certificate)
            }
            told += try await removePublished(by: delivery)
            try await setState(nil)
        case nil: break
        }
        guard let names = try await tree.names(in: store) else { return told }
        let sweeper = SetSweeper(tree: tree, directory: store, certificate: delivery.version.certificate)
        try await sweeper.sweep(names, keeping: [], newest: 0) { try await removeNew(of: $0) }
        if try await tree.names(in: store) == [] {
            // Each challenge has a store of its own: they would only ever grow in number.
            try await tree.remove(store)
            try await tree.synchronize(Self.own)
        }
        return told
    }

    private func removePublished(by delivery: Delivery) async throws -> [String] {
        var told: [String] = []
        for member in try FileSet(options, delivery).members {
            let file = member.file.name
            guard try await tree.kind(of: file) != nil else { continue }
            guard try await member.stands(at: file, in: tree) else {
                told.append("left \(shown(file)): it was changed since certflow wrote it")
                continue
            }
            try await tree.remove(file)
            told.append("removed \(shown(file))")
        }
        try await tree.synchronize("")
        return told
    }
}

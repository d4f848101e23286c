/// Removes sets of one certificate that nobody needs, from the directory where they lie side by side.
struct SetSweeper: Sendable {
    let tree: any FileTree
    let directory: String
    let certificate: String

    /// - Parameters:
    ///   - names: what lies in the directory.
    ///   - kept: sets that stay, whatever their age.
    ///   - newest: how many more stay, counted from the newest, without the kept ones.
    ///   - discarding: called with a set's name before it is removed, for what belongs to it elsewhere.
    func sweep(
        _ names: [String], keeping kept: Set<String>, newest: Int, discarding: (String) async throws -> Void = { _ in }
    ) async throws {
        var spared = newest
        for name in names.sorted(by: >) where !name.hasPrefix(".") && !kept.contains(name) {
            guard try await isOurs(name) else { continue }
            guard spared == 0 else {
                spared -= 1
                continue
            }
            // A set's name means that it is complete, so it goes first.
            let doomed = OwnNames.unfinished + name
            try await tree.remove(path(doomed))
            _ = try await tree.rename(path(name), to: path(doomed))
            try await discarding(name)
            try await empty(doomed)
        }
        for name in names where name.hasPrefix(OwnNames.unfinished) {
            let finished = String(name.dropFirst(OwnNames.unfinished.count))
            let isEmpty = try await tree.names(in: path(name)) == []
            let isOurs = try await isOurs(name)
            guard isEmpty || isOurs else { continue }
            try await discarding(finished)
            try await empty(name)
        }
        // Also where nothing was left to do: the sweep that did it may have ended before its sync.
        try await tree.synchronize(directory)
    }

    private func isOurs(_ name: String) async throws -> Bool {
        guard try await tree.kind(of: path(name)) == .directory else { return false }
        return try await SetRecord.read(in: path(name), of: tree)?.certificate == certificate
    }

    /// Removes a set with its record last: one that is only half removed still says whose it is.
    private func empty(_ name: String) async throws {
        for inner in try await tree.names(in: path(name)) ?? [] where inner != OwnNames.record {
            try await tree.remove("\(path(name))/\(inner)")
        }
        try await tree.remove(path(name))
    }

    private func path(_ name: String) -> String { "\(directory)/\(name)" }
}

/// `directory/versions/NAME/files` and `directory/live -> versions/NAME`: readers go through `live`, and the whole set
/// switches in one step.
///
/// A version is written below `versions` under a name that does not count, synchronized, and only then given its own:
/// what bears a version's name is complete. `journal.record(.staged)` is durable before `live` moves. Each step can be
/// done again after a crash, and the same delivery always has the same name, so that publishing it again goes on from
/// whatever is there.
struct VersionedLayout: Sendable {
    static let live = "live"
    static let versions = "versions"

    let options: FileOptions
    let tree: any FileTree

    func inspect() async throws -> Presence {
        switch try await tree.kind(of: Self.live) {
        case nil: return .nothing
        case .link(let destination):
            guard let name = Self.version(in: destination) else {
                return .unreadable("\(path(Self.live)) points to \(destination), which is not certflow's.")
            }
            return try await tree.presence(of: options, in: Self.directory(name))
        default: return .unreadable("\(path(Self.live)) is not a link.")
        }
    }

    func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt {
        let set = try FileSet(options, delivery)
        let current = try await currentVersion(delivery)
        if current == nil { try await makeRoot() }
        let place = try await findPlace(for: set, of: delivery)
        guard current != place.name else {
            // An earlier try may have ended between the switch and its sync.
            try await tree.synchronize("")
            let undo = undoRecorded(by: delivery, for: place.name)
            return Receipt(effect: .unchanged, atomic: true, handle: try handle(place.name, undo ?? .nothing))
        }
        try await stage(set, of: delivery, at: place, replacing: current)
        let handle = try handle(place.name, current.map { .version($0) } ?? .unlink)
        try Task.checkCancellation()
        try await journal.record(.staged, handle)
        let atomic = try await tree.link(Self.live, to: Self.directory(place.name))
        try await tree.synchronize("")
        try await journal.record(.switched, handle)
        return Receipt(effect: .changed, atomic: atomic, handle: handle)
    }

    func rollback(
        _ delivery: Delivery, _ read: LayoutHandle, _ handle: Handle, _ journal: any Journal
    ) async throws -> Receipt {
        let current = try await currentVersion(delivery)
        let wanted: String? =
            switch read.undo {
            case .version(let name): name
            case .unlink: nil
            case .nothing, .copies: current
            }
        guard current != wanted else {
            if try await tree.kind(of: "") != nil { try await tree.synchronize("") }
            try await journal.record(.restored, handle)
            return Receipt(effect: .unchanged, atomic: true)
        }
        var atomic = true
        if let wanted {
            guard try await isThere(wanted) else { throw LayoutFailure.setGone(path(Self.directory(wanted))) }
            atomic = try await tree.link(Self.live, to: Self.directory(wanted))
        } else {
            try await tree.remove(Self.live)
        }
        try await tree.synchronize("")
        try await journal.record(.restored, handle)
        return Receipt(effect: .changed, atomic: atomic)
    }

    // MARK: Parts of a publication

    /// Whether a version of ours has all its files still.
    private func isThere(_ version: String) async throws -> Bool {
        guard let record = try await SetRecord.read(in: Self.directory(version), of: tree) else { return false }
        for file in record.files {
            guard case .file = try await tree.kind(of: "\(Self.directory(version))/\(file)") else { return false }
        }
        return true
    }

    /// The name of the version that `live` points to; nil where there is no `live`, or it leads nowhere.
    /// - Throws: `PluginFailure` (`policy`) where something stands there that certflow did not put there for this
    ///   certificate.
    func currentVersion(_ delivery: Delivery) async throws -> String? {
        let destination: String
        switch try await tree.kind(of: Self.live) {
        case nil: return nil
        case .link(let found): destination = found
        default: throw LayoutFailure.foreignLive(path(Self.live), "is not a link")
        }
        guard let name = Self.version(in: destination) else {
            throw LayoutFailure.foreignLive(path(Self.live), "points to \(destination)")
        }
        guard try await tree.kind(of: Self.directory(name)) != nil else { return nil }
        guard let record = try await SetRecord.read(in: Self.directory(name), of: tree) else {
            throw LayoutFailure.foreignLive(path(Self.live), "points to \(destination), which certflow did not make")
        }
        guard record.certificate == delivery.version.certificate else {
            throw LayoutFailure.otherCertificate(
                options.directory, holds: record.certificate, wanted: delivery.version.certificate)
        }
        return name
    }

    private func makeRoot() async throws {
        _ = try await tree.makeDirectory("", mode: options.directoryMode)
        _ = try await tree.makeDirectory(Self.versions, mode: options.directoryMode)
        try await tree.synchronize("")
    }

    private struct Place {
        var name: String
        /// Whether the whole set stands there already.
        var isComplete: Bool
    }

    /// Where the set stands, or the first name that is free for it. A version is never mended in place: readers may be
    /// in it.
    private func findPlace(for set: FileSet, of delivery: Delivery) async throws -> Place {
        for attempt in 1...100 {
            let name = try OwnNames.directory(for: delivery, attempt: attempt)
            let directory = Self.directory(name)
            guard try await tree.kind(of: directory) != nil else { return Place(name: name, isComplete: false) }
            guard let record = try await SetRecord.read(in: directory, of: tree), record.delivery == delivery.id,
                record.files == set.names, try await set.stands(in: directory, of: tree)
            else { continue }
            return Place(name: name, isComplete: true)
        }
        throw LayoutFailure.noName(path(Self.versions))
    }

    private func stage(
        _ set: FileSet, of delivery: Delivery, at place: Place, replacing current: String?
    ) async throws {
        if place.isComplete {
            // An earlier try may have ended between the rename and this sync.
            return try await tree.synchronize(Self.versions)
        }
        let staging = Self.directory(OwnNames.unfinished + place.name)
        if try await !tree.makeDirectory(staging, mode: 0o700) {
            try await tree.remove(staging)
            _ = try await tree.makeDirectory(staging, mode: 0o700)
        }
        do {
            // The record is the first, so that a sweep knows whose it is when this ends half way.
            let record = SetRecord(delivery, files: set.names)
            try Task.checkCancellation()
            try await tree.write(
                [record.file(in: staging)]
                    + set.members.map { member in
                        let like = current.map { "\(Self.directory($0))/\(member.file.name)" }
                        return member.newFile(at: "\(staging)/\(member.file.name)", like: like)
                    })
            try await tree.setMode(options.directoryMode, ofDirectory: staging)
            try await tree.synchronize(staging)
            _ = try await tree.rename(staging, to: Self.directory(place.name))
        } catch {
            try? await tree.remove(staging)
            throw error
        }
        do {
            try await tree.synchronize(Self.versions)
        } catch {
            // A sync that failed may report success the next time without having done it: the name goes instead.
            try? await tree.remove(Self.directory(place.name))
            throw error
        }
    }

    private func undoRecorded(by delivery: Delivery, for name: String) -> LayoutHandle.Undo? {
        guard let resuming = delivery.resuming, let read = try? LayoutHandle.read(resuming, for: options),
            read.set == name
        else { return nil }
        return read.undo
    }

    private func handle(_ name: String, _ undo: LayoutHandle.Undo) throws -> Handle {
        try Handle(LayoutHandle(directory: options.directory, layout: .versioned, set: name, undo: undo))
    }

    static func directory(_ version: String) -> String { "\(versions)/\(version)" }

    /// The version that a link of ours points to; nil where it is none of ours.
    static func version(in destination: String) -> String? {
        let parts = destination.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == versions, let name = parts.last, !name.hasPrefix("."), !name.isEmpty else {
            return nil
        }
        return String(name)
    }

    private func path(_ relative: String) -> String { "\(options.directory)/\(relative)" }
}

/// The files lie in `directory` itself and are replaced one by one, each in one step.
///
/// Below `directory/.certflow/FIRST-FILE`, for its owner alone, each delivery has a set of its own: copies of what its
/// files replaced. The link `state` beside the sets says which one is in place (`current/SET`), or which one an
/// interrupted switch or rollback has left half in place (`switching/SET`): the next publication finishes its own
/// interrupted switch, and undoes that of another delivery before it begins, so that what a rollback restores was
/// always one whole set.
///
/// Order of the renames: private files first, the file that `inspect` reads last. While it shows the old certificate
/// the switch is unfinished, so the new one is never reported before its key is there. A reader of several files can
/// meet a mixed set between two renames; only `versioned`, or a single bundle file, spares it that.
struct FlatLayout: Sendable {
    static let own = ".certflow"

    let options: FileOptions
    let tree: any FileTree

    func inspect() async throws -> Presence { try await tree.presence(of: options, in: "") }

    func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt {
        let set = try FileSet(options, delivery)
        let atomic = set.members.count == 1
        try await refuseForeignKinds()
        let name: String
        let state = try await state()
        if state == nil { try await makeStore() }
        switch state {
        case .current(let current):
            if try await isInPlace(current, set, delivery) {
                // An earlier try may have ended between the switch of `state` and its sync.
                try await tree.synchronize(store)
                let undo = undoRecorded(by: delivery, for: current)
                return Receipt(
                    effect: .unchanged, atomic: atomic, handle: try handle(current, undo ?? .nothing))
            }
            name = try await stage(set, of: delivery, after: current)
        case .switching(let interrupted):
            switch try await SetRecord.read(in: path(interrupted), of: tree)?.delivery {
            case delivery.id:
                name = interrupted
                try await tree.synchronize(store)
                try await writeNew(set, of: name)
            case nil:  // its copies are gone: what is in place is all there is
                name = try await stage(set, of: delivery, after: nil)
            default:
                try await restore(interrupted)
                name = try await stage(set, of: delivery, after: try await currentSet())
            }
        case nil: name = try await stage(set, of: delivery, after: nil)
        }
        let handle = try handle(name, .copies(below: store))
        try Task.checkCancellation()
        try await journal.record(.staged, handle)
        let inOneStep = try await moveNew(set, of: name)
        try await setState(.current(name))
        try await journal.record(.switched, handle)
        return Receipt(effect: .changed, atomic: atomic && inOneStep, handle: handle)
    }

    func rollback(
        _ delivery: Delivery, _ read: LayoutHandle, _ handle: Handle, _ journal: any Journal
    ) async throws -> Receipt {
        guard case .copies(let below) = read.undo else {
            try await journal.record(.restored, handle)
            return Receipt(effect: .unchanged, atomic: true)
        }
        let layout = FlatLayout(options: options, tree: tree, store: below)
        let effect: Receipt.Effect = try await layout.isRestored(read.set) ? .unchanged : .changed
        if effect == .changed { try await layout.restore(read.set) } else { try await tree.synchronize(below) }
        try await journal.record(.restored, handle)
        return Receipt(effect: effect, atomic: options.files.count == 1)
    }

    init(options: FileOptions, tree: any FileTree, store: String? = nil) {
        self.options = options
        self.tree = tree
        self.store = store ?? "\(Self.own)/\(options.files.first?.name ?? "")"
    }

    // MARK: Parts of a publication

    /// Where the sets lie. A path on a target has one owner, so the first file's name tells apart what several profiles
    /// publish to one directory.
    let store: String

    func refuseForeignKinds() async throws {
        for file in options.files {
            switch try await tree.kind(of: file.name) {
            case nil, .file: continue
            case .directory: throw LayoutFailure.notAFile(shown(file.name), "a directory")
            case .link(let destination): throw LayoutFailure.notAFile(shown(file.name), "a link to \(destination)")
            case .other(let words): throw LayoutFailure.notAFile(shown(file.name), words)
            }
        }
    }

    /// All of it again until a first set was staged: an earlier try may have ended before its syncs.
    private func makeStore() async throws {
        _ = try await tree.makeDirectory("", mode: options.directoryMode)
        _ = try await tree.makeDirectory(Self.own, mode: 0o700)
        _ = try await tree.makeDirectory(store, mode: 0o700)
        try await tree.synchronize(Self.own)
        try await tree.synchronize("")
    }

    private func isInPlace(_ current: String, _ set: FileSet, _ delivery: Delivery) async throws -> Bool {
        guard let record = try await SetRecord.read(in: path(current), of: tree), record.delivery == delivery.id else {
            return false
        }
        return try await set.stands(in: "", of: tree)
    }

    /// Copies what the set will replace and writes its files beside their places; nothing that readers see changes.
    private func stage(_ set: FileSet, of delivery: Delivery, after current: String?) async throws -> String {
        let name = try await freeName(for: delivery)
        let staging = path(OwnNames.unfinished + name)
        try await tree.remove(staging)
        _ = try await tree.makeDirectory(staging, mode: 0o700)
        do {
            var copied: [Bool] = []
            for file in options.files { copied.append(try await tree.kind(of: file.name) != nil) }
            let record = SetRecord(delivery, files: set.names, copied: copied, previous: current)
            // The record is the first, so that a sweep knows whose the new files are when this ends half way.
            try await tree.write([record.file(in: staging)])
            for (index, file) in options.files.enumerated() where copied[index] {
                try await tree.copy(file.name, to: "\(staging)/\(index)")
            }
            try await tree.synchronize(staging)
            try await writeNew(set, of: name)
            _ = try await tree.rename(staging, to: path(name))
        } catch {
            try? await removeNew(of: name)
            try? await tree.remove(staging)
            throw error
        }
        try await setState(.switching(name))
        return name
    }

    private func freeName(for delivery: Delivery) async throws -> String {
        for attempt in 1...100 {
            let name = try OwnNames.directory(for: delivery, attempt: attempt)
            if try await tree.kind(of: path(name)) == nil { return name }
            if try await isUnused(name, of: delivery) {
                let staging = path(OwnNames.unfinished + name)
                try await tree.remove(staging)
                _ = try await tree.rename(path(name), to: staging)
                return name
            }
        }
        throw LayoutFailure.noName(shown(store))
    }

    /// Whether a try for the same delivery ended before its set came into play: its new files still lie beside their
    /// places, and `state` does not name it.
    private func isUnused(_ name: String, of delivery: Delivery) async throws -> Bool {
        switch try await state() {
        case .current(name), .switching(name): return false
        default: break
        }
        guard try await SetRecord.read(in: path(name), of: tree)?.delivery == delivery.id else { return false }
        return try await hasNew(of: name)
    }

    private func undoRecorded(by delivery: Delivery, for name: String) -> LayoutHandle.Undo? {
        guard let resuming = delivery.resuming, let read = try? LayoutHandle.read(resuming, for: options),
            read.set == name
        else { return nil }
        return read.undo
    }

    private func handle(_ name: String, _ undo: LayoutHandle.Undo) throws -> Handle {
        try Handle(LayoutHandle(directory: options.directory, layout: .flat, set: name, undo: undo))
    }

    func path(_ set: String) -> String { "\(store)/\(set)" }
    func shown(_ relative: String) -> String { "\(options.directory)/\(relative)" }
}

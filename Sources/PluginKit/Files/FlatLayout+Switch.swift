extension FlatLayout {
    /// What the files beside the sets are.
    enum State: Sendable, Hashable {
        case current(String)
        case switching(String)

        var destination: String {
            switch self {
            case .current(let set): "current/\(set)"
            case .switching(let set): "switching/\(set)"
            }
        }

        init?(_ destination: String) {
            let parts = destination.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let word = parts.first, let set = parts.last, !set.isEmpty else { return nil }
            switch word {
            case "current": self = .current(set)
            case "switching": self = .switching(set)
            default: return nil
            }
        }
    }

    private static var state: String { "state" }

    func state() async throws -> State? {
        guard case .link(let destination) = try await tree.kind(of: path(Self.state)) else { return nil }
        return State(destination)
    }

    func currentSet() async throws -> String? {
        if case .current(let set) = try await state() { set } else { nil }
    }

    /// Durable when it returns, with all that changed in the store before.
    func setState(_ state: State?) async throws {
        if let state {
            _ = try await tree.link(path(Self.state), to: state.destination)
        } else {
            try await tree.remove(path(Self.state))
        }
        try await tree.synchronize(store)
    }

    // MARK: New files, beside their places under names of their own

    func writeNew(_ set: FileSet, of name: String) async throws {
        try Task.checkCancellation()
        try await tree.write(
            set.members.enumerated().map { index, member in
                member.newFile(at: Self.new(index, of: name), like: member.file.name)
            })
    }

    /// - Returns: whether each rename was one step for readers.
    func moveNew(_ set: FileSet, of name: String) async throws -> Bool {
        var inOneStep = true
        for index in order(of: options.files.map(\.name)) {
            let moved = try await tree.rename(Self.new(index, of: name), to: options.files[index].name)
            inOneStep = inOneStep && moved
        }
        try await tree.synchronize("")
        return inOneStep
    }

    func hasNew(of name: String) async throws -> Bool {
        try await tree.names(in: "")?.contains { $0.hasPrefix(Self.newPrefix(of: name)) } ?? false
    }

    func removeNew(of name: String) async throws {
        for entry in try await tree.names(in: "") ?? [] where entry.hasPrefix(Self.newPrefix(of: name)) {
            try await tree.remove(entry)
        }
    }

    private static func newPrefix(of set: String) -> String { "\(OwnNames.prefix)-\(set)." }
    private static func new(_ index: Int, of set: String) -> String { newPrefix(of: set) + String(index) }

    /// Indexes of `names`: private files first, the one that `inspect` reads last; what the profile does not name any
    /// more counts as private.
    private func order(of names: [String]) -> [Int] {
        func rank(_ index: Int) -> Int {
            let file = options.files.first { $0.name == names[index] }
            if file?.name == options.witness?.name, file != nil { return 2 }
            return file?.content.isPrivate ?? true ? 0 : 1
        }
        return names.indices.sorted { (rank($0), $0) < (rank($1), $1) }
    }

    // MARK: Back to what a set replaced

    /// Puts the copies of a set back in place, and removes what was not there before. Can be done again at any time.
    func restore(_ name: String) async throws {
        let record = try await restorable(name)
        if try await state() != .switching(name) {
            try await setState(.switching(name))
        } else {
            try await tree.synchronize(store)
        }
        let copied = record.copied ?? []
        for index in record.files.indices where copied[index] {
            try await tree.remove(Self.new(index, of: name))
            try await tree.copy("\(path(name))/\(index)", to: Self.new(index, of: name))
        }
        for index in order(of: record.files) {
            if copied[index] {
                _ = try await tree.rename(Self.new(index, of: name), to: record.files[index])
            } else {
                try await tree.remove(record.files[index])
            }
        }
        try await tree.synchronize("")
        try await removeNew(of: name)
        try await setState(record.previous.map { .current($0) })
    }

    /// Whether what a set replaced is in place already.
    func isRestored(_ name: String) async throws -> Bool {
        let record = try await restorable(name)
        guard try await state() == record.previous.map({ .current($0) }) else { return false }
        for (index, file) in record.files.enumerated() {
            let found = try await content(of: file)
            let wanted = record.copied?[index] == true ? try await content(of: "\(path(name))/\(index)") : nil
            switch (found, wanted) {
            case (nil, nil): continue
            case (let found?, let wanted?) where found.matches(wanted): continue
            default: return false
            }
        }
        return true
    }

    private func content(of path: String) async throws -> Secret? {
        guard case .file(let size) = try await tree.kind(of: path) else { return nil }
        return try await tree.read(path, limit: size)
    }

    private func restorable(_ name: String) async throws -> SetRecord {
        guard let record = try await SetRecord.read(in: path(name), of: tree),
            record.copied?.count == record.files.count
        else { throw LayoutFailure.setGone(shown(path(name))) }
        return record
    }
}

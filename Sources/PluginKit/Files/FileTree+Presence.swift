extension FileTree {
    /// The largest file that is read to see which certificate is in it, in bytes.
    private var presenceLimit: Int { 1 << 20 }

    /// Which certificate the files of `options` in `directory` show.
    func presence(of options: FileOptions, in directory: String) async throws -> Presence {
        guard let witness = options.witness else {
            for file in options.files where try await kind(of: join(directory, file.name)) != nil {
                return .unknowable
            }
            return .nothing
        }
        let path = join(directory, witness.name)
        let shown = "\(options.directory)/\(path)"
        switch try await kind(of: path) {
        case nil: return .nothing
        case .file(let size):
            guard size <= presenceLimit, let bytes = try await read(path, limit: presenceLimit) else {
                return .unreadable("\(shown) has \(size) bytes, too many for a certificate.")
            }
            guard let certificates = witness.content.certificates(in: bytes) else {
                return .unreadable("\(shown) is not a certificate as `\(witness.content.rawValue)` has it.")
            }
            return .certificates(certificates)
        case .directory: return .unreadable("\(shown) is a directory.")
        case .link(let destination): return .unreadable("\(shown) is a link to \(destination).")
        case .other(let words): return .unreadable("\(shown) is \(words).")
        }
    }

    private func join(_ directory: String, _ name: String) -> String {
        directory.isEmpty ? name : "\(directory)/\(name)"
    }
}

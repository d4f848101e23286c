/// The files of one delivery, with their bytes.
struct FileSet: Sendable {
    struct Member: Sendable {
        var file: FileOptions.File
        var bytes: Secret

        /// - Parameter like: the file that readers have so far, where there is one.
        func newFile(at path: String, like: String?) -> NewFile {
            NewFile(
                path, bytes, FileAttributes(mode: file.mode, owner: file.owner, group: file.group, like: like))
        }

        /// Whether it stands at `path` with its content. A PKCS#12 file differs at each rendering: there it counts that
        /// one is there.
        func stands(at path: String, in tree: any FileTree) async throws -> Bool {
            guard case .file(let size) = try await tree.kind(of: path) else { return false }
            if file.content == .pkcs12 { return size > 0 }
            guard size == bytes.count, let found = try await tree.read(path, limit: size) else { return false }
            return found.matches(bytes)
        }
    }

    let members: [Member]

    var names: [String] { members.map(\.file.name) }

    /// - Throws: `PluginFailure` (`bug`) where an artifact that the options name was not handed over.
    init(_ options: FileOptions, _ delivery: Delivery) throws {
        members = try options.files.map { file in
            guard delivery.artifacts.indices.contains(file.artifact) else {
                throw PluginFailure(
                    .bug, code: "files.artifact-missing",
                    message: "The host rendered no \(file.content.rawValue) for \(options.directory)/\(file.name).",
                    remedy: "Report this to the authors of certflow.")
            }
            return Member(file: file, bytes: delivery.artifacts[file.artifact].bytes)
        }
    }

    /// Whether every file of the set stands in `directory` with its content.
    func stands(in directory: String, of tree: any FileTree) async throws -> Bool {
        for member in members {
            let path = directory.isEmpty ? member.file.name : "\(directory)/\(member.file.name)"
            guard try await member.stands(at: path, in: tree) else { return false }
        }
        return true
    }

    /// Each file beside the one that stands in `directory`; nil: there is no such directory.
    func compared(in directory: String?, of tree: any FileTree) async throws -> [ComparedFile] {
        var files: [ComparedFile] = []
        for member in members {
            var file = ComparedFile(name: member.file.name, change: .new)
            let path = directory.map { $0.isEmpty ? member.file.name : "\($0)/\(member.file.name)" }
            if let path, case .file(let size) = try await tree.kind(of: path) {
                file.present = size
                if member.file.content == .pkcs12 {
                    file.change = .unknowable
                } else {
                    file.change = try await member.stands(at: path, in: tree) ? .unchanged : .changed
                }
            }
            files.append(file)
        }
        return files
    }
}

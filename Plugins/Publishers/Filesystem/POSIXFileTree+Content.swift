import CLinux
import Foundation
import PluginKit

/// Reading and writing files.
extension POSIXFileTree {
    private static let read = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    private static let create = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC

    func read(_ path: String, limit: Int) async throws -> Secret? {
        let (parent, name) = try split(path)
        guard let directory = try openDirectory(parent),
            let file = try openFile(name, in: directory, shown(path))
        else { return nil }
        return try content(of: file, limit: limit, shown(path))
    }

    func write(_ files: [NewFile]) async throws {
        let batch = FileBatch(kernel)
        do {
            // All content first and the syncs after: the disk gets it in one go, and the first sync pays for most.
            for file in files { try create(file, in: batch) }
            try batch.finish()
        } catch {
            for path in batch.created { try? await remove(path) }
            throw error
        }
    }

    func copy(_ source: String, to path: String) async throws {
        let (parent, name) = try split(source)
        guard let original = try openFile(name, in: try existing(parent), shown(source)) else {
            throw FilesystemFailure.system(ENOENT, .open, shown(source))
        }
        let found = try original.status(kernel, shown(source))
        let batch = FileBatch(kernel)
        do {
            let copy = try open(new: path, in: batch)
            try own(copy, user: found.st_uid, group: found.st_gid, shown(path))
            try ExtendedAttributes(kernel).copy(
                from: original, shown(source), to: copy, shown(path), asMode: nil)
            try setMode(found.st_mode & 0o7777, of: copy, shown(path))
            let bytes = try content(of: original, limit: Self.largestCopy, shown(source))
            try bytes.withBytes { try kernel.write($0, to: copy, shown(path)) }
            try batch.finish()
        } catch {
            for path in batch.created { try? await remove(path) }
            throw error
        }
    }

    /// The largest file that is kept when it is replaced, in bytes: a set of certificates has a few thousand.
    private static var largestCopy: Int { 16 << 20 }

    // MARK: Steps of writing

    private func create(_ file: NewFile, in batch: FileBatch) throws {
        let path = shown(file.path)
        let attributes = file.attributes
        let descriptor = try open(new: file.path, in: batch)
        // Whose it is and who may read it is settled while it is empty.
        try own(
            descriptor, user: try attributes.owner.map(Accounts.user), group: try attributes.group.map(Accounts.group),
            path)
        let mode = attributes.mode & 0o777
        if try !takeOver(attributes.like, to: descriptor, path, mode: mode, batch) {
            try setMode(mode, of: descriptor, path)
        }
        try file.bytes.withBytes { try kernel.write($0, to: descriptor, path) }
        _ = shim_start_writing(descriptor)
    }

    /// - Returns: whether there was an ACL to take over, which settles the mode as well.
    private func takeOver(
        _ like: String?, to descriptor: Int32, _ path: String, mode: UInt32, _ batch: FileBatch
    ) throws -> Bool {
        guard let like else { return false }
        let (parent, name) = try split(like)
        guard let directory = try batch.directory(parent, of: self),
            let model = try openFile(name, in: directory.descriptor, shown(like))
        else { return false }
        return try ExtendedAttributes(kernel).copy(
            from: model, shown(like), to: descriptor, path, asMode: mode)
    }

    /// A new file for its owner alone, in place of a leftover. The batch closes it.
    private func open(new path: String, in batch: FileBatch) throws -> Int32 {
        let (parent, name) = try split(path)
        let shown = shown(path)
        guard let directory = try batch.directory(parent, of: self) else {
            throw FilesystemFailure.system(ENOENT, .create, shown)
        }
        let descriptor = try directory.descriptor.lend { directory in
            let open = { openat(directory, name, Self.create, 0o600) }
            if let opened = try kernel.call(.create, shown, unless: EEXIST, body: open) { return opened }
            try kernel.call(.remove, shown) { unlinkat(directory, name, 0) }
            return try kernel.call(.create, shown, open)
        }
        batch.add(descriptor, path, shownAs: shown)
        return descriptor
    }

    private func own(_ descriptor: Int32, user: uid_t?, group: gid_t?, _ path: String) throws {
        guard user != nil || group != nil else { return }
        var found = stat()
        try kernel.call(.look, path) { fstat(descriptor, &found) }
        let asIs = UInt32.max
        let newUser = user.flatMap { $0 == found.st_uid ? nil : $0 } ?? asIs
        let newGroup = group.flatMap { $0 == found.st_gid ? nil : $0 } ?? asIs
        guard newUser != asIs || newGroup != asIs else { return }
        try kernel.call(.setOwner, path) { fchown(descriptor, newUser, newGroup) }
    }

    private func setMode(_ mode: mode_t, of descriptor: Int32, _ path: String) throws {
        var found = stat()
        try kernel.call(.look, path) { fstat(descriptor, &found) }
        guard found.st_mode & 0o7777 != mode else { return }
        try kernel.call(.setMode, path) { fchmod(descriptor, mode) }
    }

    // MARK: Steps of reading

    /// Opens a regular file with one name; nil where nothing is there. Nothing else is opened at all: that of a device
    /// or a FIFO could have effects of its own.
    func openFile(_ name: String, in directory: borrowing Descriptor, _ path: String) throws -> Descriptor? {
        guard let seen = try status(of: name, in: directory, path) else { return nil }
        try refuseOther(seen, path)
        let opened = try directory.lend { directory in
            try kernel.call(.open, path, unless: ENOENT) { openat(directory, name, Self.read) }
        }
        guard let opened else { return nil }
        let file = Descriptor(opened)
        try refuseOther(try file.status(kernel, path), path)
        return file
    }

    private func refuseOther(_ found: stat, _ path: String) throws {
        switch found.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFLNK: throw FilesystemFailure.notAFile(path, "a link")
        case S_IFDIR: throw FilesystemFailure.notAFile(path, "a directory")
        default: throw FilesystemFailure.notAFile(path, Self.words(found.st_mode))
        }
        guard found.st_nlink <= 1 else { throw FilesystemFailure.hardLink(path, names: UInt(found.st_nlink)) }
    }

    private func content(of file: borrowing Descriptor, limit: Int, _ path: String) throws -> Secret {
        let size = Int(try file.status(kernel, path).st_size)
        guard size <= limit else { throw FilesystemFailure.tooLarge(path, limit: limit) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 1)
        defer {
            buffer.initializeMemory(as: UInt8.self, repeating: 0)
            buffer.deallocate()
        }
        var filled = 0
        while filled < size {
            let count = try file.lend { file in
                try kernel.call(.read, path) {
                    Glibc.read(file, buffer.baseAddress?.advanced(by: filled), size - filled)
                }
            }
            guard count > 0 else { break }  // it was cut short meanwhile
            filled += count
        }
        return Secret(UnsafeRawBufferPointer(rebasing: buffer[..<filled]))
    }
}

import Foundation

/// What a publication of 3 files needs of the system at the least, with nothing around it: the same files and links, the
/// same syncs in the same order (DESIGN.md, section 9).
struct BarePublication {
    /// As rendered: a chain with its leaf, the chain, the key; and the record that certflow keeps beside them.
    static let sizes = [("fullchain.pem", 1900), ("chain.pem", 1000), ("privkey.pem", 241), (".certflow", 250)]

    struct Failed: Error {
        var call: String
        var code = errno
    }

    let root: String

    init(in root: String) throws {
        self.root = root
        try FileManager.default.createDirectory(atPath: "\(root)/versions", withIntermediateDirectories: true)
    }

    /// - Returns: how long it took.
    func publish(_ number: Int) throws -> Duration {
        let start = ContinuousClock.now
        let (staging, version) = ("\(root)/versions/.new-\(number)", "\(root)/versions/\(number)")
        try call("mkdir", mkdir(staging, 0o700))
        var files: [Int32] = []
        for (name, size) in Self.sizes {
            let file = open("\(staging)/\(name)", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            try call("open", file)
            let content = [UInt8](repeating: 65, count: size)
            try call("write", Int32(truncatingIfNeeded: write(file, content, size)))
            files.append(file)
        }
        for file in files {
            try call("fsync", fsync(file))
            try call("close", close(file))
        }
        try synchronize(staging)
        try call("rename", rename(staging, version))
        try synchronize("\(root)/versions")
        try call("symlink", symlink("versions/\(number)", "\(root)/.new-link"))
        try call("rename", rename("\(root)/.new-link", "\(root)/live"))
        try synchronize(root)
        return ContinuousClock.now - start
    }

    private func synchronize(_ directory: String) throws {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        try call("open", descriptor)
        try call("fsync", fsync(descriptor))
        try call("close", close(descriptor))
    }

    private func call(_ name: String, _ result: Int32) throws {
        if result < 0 { throw Failed(call: name) }
    }
}

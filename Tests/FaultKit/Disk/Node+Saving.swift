import Glibc

extension [Disk.Node] {
    /// Puts a change on the disk, unless something newer is there already.
    mutating func save(_ change: DiskChange) {
        switch change.effect {
        case .names(let edits):
            for edit in edits {
                let there = self[edit.directory].entries[edit.name]
                guard (there?.change ?? -1) < change.id else { continue }
                self[edit.directory].entries[edit.name] = (edit.object, change.id)
            }
        case .mode(let mode): self[change.owner].mode = mode
        case .write, .resize, .grow:
            // A lost write can be under newer ones, never over them.
            guard self[change.owner].change < change.id else { return }
            self[change.owner].bytes.apply(change.effect)
            self[change.owner].change = change.id
        }
    }
}

// By whole buffers: images are many, and a debug build takes arrays byte by byte.
extension [UInt8] {
    fileprivate mutating func apply(_ effect: DiskChange.Effect) {
        switch effect {
        case .write(let offset, let data):
            grow(to: offset + data.count)
            withUnsafeMutableBytes { bytes in
                data.withUnsafeBytes { source in
                    guard let base = bytes.baseAddress, let start = source.baseAddress else { return }
                    memcpy(base + offset, start, source.count)
                }
            }
        case .resize(let size):
            if size < count { removeLast(count - size) } else { grow(to: size) }
        case .grow(let size): grow(to: size)
        case .mode, .names: break
        }
    }

    private mutating func grow(to size: Int) {
        guard count < size else { return }
        let old = self
        self = [UInt8](unsafeUninitializedCapacity: size) { bytes, length in
            guard let base = bytes.baseAddress else { return }
            memset(base, 0, size)
            old.withUnsafeBytes { source in
                if let start = source.baseAddress { memcpy(base, start, source.count) }
            }
            length = size
        }
    }
}

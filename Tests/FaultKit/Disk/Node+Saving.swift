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

extension [UInt8] {
    fileprivate mutating func apply(_ effect: DiskChange.Effect) {
        switch effect {
        case .write(let offset, let data):
            let end = offset + data.count
            if count < end { append(contentsOf: repeatElement(0, count: end - count)) }
            replaceSubrange(offset..<end, with: data)
        case .resize(let size):
            if size < count { removeLast(count - size) } else { self.apply(.grow(size)) }
        case .grow(let size):
            if count < size { append(contentsOf: repeatElement(0, count: size - count)) }
        case .mode, .names: break
        }
    }
}

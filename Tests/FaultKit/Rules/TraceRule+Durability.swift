extension TraceRule {
    /// Before a rename, link or symlink makes a name with one of these roles, all that it leads to is on the disk: the
    /// file's bytes and mode; below a directory, or where a link points, every file, every name and the way there.
    public static func syncedBeforePublished(roles: Set<String>) -> Self {
        Self("what a published name leads to is synced before the name is made") { trace in
            var found: [(text: String, calls: [TracedCall])] = []
            DiskReplay.walk(trace) { moment, disk in
                guard case .begins(let call) = moment, call.publishes(roles) else { return }
                let changes = disk.changesNotSynced(below: call)
                guard !changes.isEmpty else { return }
                let text = "\(call.path) is made before \(changes.count) changes below it are synced"
                found.append((text, changes.map(\.call) + [call]))
            }
            return found
        }
    }

    /// A rename, link or symlink that makes a name with one of these roles is followed by a sync of its directory,
    /// before the commit that records it begins; and in any case before a program that ends by itself has ended.
    ///
    /// Where syncs are made to fail, the next commit may rightly record the failure: tell commits by what they mention.
    public static func nameSynced(roles: Set<String>, before recording: Recording? = nil) -> Self {
        Self("a published name is synced before it is recorded") { trace in
            let commits = recording.map { trace.commits(ofLog: $0.log) } ?? []
            var found: [(text: String, calls: [TracedCall])] = []
            for effect in trace.calls where effect.publishes(roles) {
                let saved = trace.nameSync(of: effect)
                let commit = recording?.commit(of: effect, among: commits)
                if let commit, saved.map({ $0.happens(before: commit.sync) }) != true {
                    let text = "\(effect.path) is recorded as done before its directory is synced"
                    found.append((text, [effect, commit.sync] + (saved.map { [$0] } ?? [])))
                } else if commit == nil, saved == nil, trace.isComplete {
                    found.append(("the directory of \(effect.path) is never synced", [effect]))
                }
            }
            return found
        }
    }

    /// A name with one of the first roles that was made is synced before the next name with one of the second roles is.
    public static func nameSynced(roles first: Set<String>, beforeNames second: Set<String>) -> Self {
        Self("of two names, the first is synced before the second is made") { trace in
            var last: TracedCall?
            var found: [(text: String, calls: [TracedCall])] = []
            for call in trace.calls {
                if let last, call.publishes(second), trace.nameSync(of: last)?.happens(before: call) != true {
                    found.append(("\(call.path) is made before the directory of \(last.path) is synced", [last, call]))
                }
                if call.publishes(first) { last = call }
            }
            return found
        }
    }

    /// Nothing is written around the interposer's back: no stream, no writable shared mapping, but for these roles
    /// (SQLite's `-shm`, which is rebuilt after a crash).
    public static func nothingUnseen(but roles: Set<String> = []) -> Self {
        Self("all that is written can be seen") { trace in
            trace.calls.filter { [.stdio, .map].contains($0.name) && !roles.contains($0.role) }.map { call in
                ("\(call.path) is written through a stream or a shared mapping, which no rule can check", [call])
            }
        }
    }
}

extension TracedCall {
    fileprivate func publishes(_ roles: Set<String>) -> Bool {
        succeeded && [.rename, .link, .symlink].contains(name) && roles.contains(role)
    }
}

extension Trace {
    /// The first sync of the directory that certainly covers this change of a name.
    fileprivate func nameSync(of effect: TracedCall) -> TracedCall? {
        let directory = "/" + Disk.components(effect.path).dropLast().joined(separator: "/")
        return calls.first { call in
            call.isSync && call.succeeded && call.path == directory && effect.happens(before: call)
        }
    }
}

extension Disk {
    /// The changes on which a name about to be made depends.
    fileprivate func changesNotSynced(below call: TracedCall) -> [DiskChange] {
        if call.name == .symlink { return changesNotSynced(linkAt: call.path, to: call.second ?? "") }
        // A file without a name, linked in, is known by its identity alone.
        let named = call.second.flatMap { object(at: $0) }
        guard let object = named ?? call.identity.flatMap({ object(with: $0) }) else { return [] }
        let node = nodes[object]
        if node.kind == .link { return changesNotSynced(linkAt: call.path, to: node.target) }
        return changes(of: subtree(object))
    }

    private func changesNotSynced(linkAt path: String, to target: String) -> [DiskChange] {
        var object = Self.root
        var found: [DiskChange] = []
        for name in Self.target(target, ofLinkAt: path) {
            found += pending.filter { $0.makes(name, in: object) }
            guard let next = children(of: object)[name] else { return found }
            object = next
        }
        return found + changes(of: subtree(object))
    }

    private func changes(of objects: Set<Object>) -> [DiskChange] { pending.filter { objects.contains($0.owner) } }

    private func subtree(_ object: Object) -> Set<Object> {
        children(of: object).values.reduce(into: [object]) { all, child in
            if !all.contains(child) { all.formUnion(subtree(child)) }
        }
    }
}

extension DiskChange {
    fileprivate func makes(_ name: String, in directory: Disk.Object) -> Bool {
        guard case .names(let edits) = effect else { return false }
        return edits.contains { $0.directory == directory && $0.name == name && $0.object != nil }
    }
}

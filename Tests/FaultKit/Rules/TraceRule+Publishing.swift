import Glibc

extension TraceRule {
    /// Nothing changes below a directory while a link with one of these roles points to it: no write, no new name.
    ///
    /// - Parameter published: the paths of such links from before the run, and the directories they point to.
    public static func publishedNeverChanged(links roles: Set<String>, published: [String: String] = [:]) -> Self {
        Self("what readers see is never written to") { trace in
            var live = published
            var made: [String: String] = [:]
            var found: [(text: String, calls: [TracedCall])] = []
            for call in trace.calls where call.succeeded {
                if call.changesSomething, let directory = live.values.first(where: { call.path.hasPrefix($0 + "/") }) {
                    found.append(("\(call.path) changes while \(directory) is published", [call]))
                }
                if call.name == .symlink { made[call.path] = call.second }
                if call.name == .rename, let second = call.second { made[call.path] = made[second] }
                if roles.contains(call.role), let target = made[call.path] {
                    live[call.path] = "/" + Disk.target(target, ofLinkAt: call.path).joined(separator: "/")
                }
            }
            return found
        }
    }

    /// A file with one of these roles is never open to others: whenever it is opened for writing its mode has no bit
    /// beyond 0600, unless a chmod of the program itself said so before.
    public static func bornPrivate(roles: Set<String>) -> Self {
        Self("a private file is never open to others") { trace in
            var granted: Set<TracedCall.FileIdentity> = []
            var found: [(text: String, calls: [TracedCall])] = []
            for call in trace.calls where call.succeeded && roles.contains(call.role) {
                guard let identity = call.identity else { continue }
                if call.name == .chmod { granted.insert(identity) }
                guard [.open, .stdio].contains(call.name) else { continue }
                if call.created { granted.remove(identity) }
                let mode = call.mode & 0o7777
                if mode & ~0o600 != 0, !granted.contains(identity) {
                    found.append(("\(call.path) is open with mode 0\(String(mode, radix: 8)) before its chmod", [call]))
                }
            }
            return found
        }
    }
}

extension TracedCall {
    /// Content or names: a sync, a chmod or an open for writing alone is not felt by a reader.
    fileprivate var changesSomething: Bool {
        switch name {
        case .open, .stdio: created || flags & UInt32(O_TRUNC) != 0
        default: CallName.contentChanges.contains(name) || CallName.nameChanges.contains(name)
        }
    }
}

import Foundation

/// What this process may do besides what its user may.
enum Privileges {
    /// The capability CAP_CHOWN, which root has and a service may be given (capabilities(7)).
    static var mayGiveFilesAway: Bool {
        // Of this thread: the main one, which stands for the process, has ended where Swift's `main` is async.
        guard let status = try? String(contentsOfFile: "/proc/thread-self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("CapEff:") }),
            let word = line.split(whereSeparator: \.isWhitespace).last, let bits = UInt64(word, radix: 16)
        else { return geteuid() == 0 }
        return bits & 1 != 0
    }

    static func isMember(of group: gid_t) -> Bool {
        if group == getegid() { return true }
        let count = getgroups(0, nil)
        guard count > 0 else { return false }
        var groups = [gid_t](repeating: 0, count: Int(count))
        let read = getgroups(count, &groups)
        return read > 0 && groups.prefix(Int(read)).contains(group)
    }
}

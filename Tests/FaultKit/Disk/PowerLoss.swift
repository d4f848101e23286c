import Glibc

/// The power losses a run could have met, as images of its files. See ``Disk`` for the model.
///
/// At each moment some changes are not synced. The images are: all of them kept; all lost; each single one lost;
/// each single one kept alone.
public struct PowerLoss: Sendable {
    /// One way to lose, at one moment.
    private enum Loss {
        case nothing, everything, one(Int), allBut(Int)
    }

    /// A stretch of the run in which the disk does not change.
    private struct Moment {
        var tick: UInt64
        let changes: Int
        /// The next change is a sync, or none comes: what is lost or kept alone here covers all moments since the
        /// last sync.
        var isBeforeSync = true
    }

    private let trace: Trace
    private let start: DiskTree
    private let kept: Set<String>

    /// - Parameters:
    ///   - trace: of a run that kept contents.
    ///   - start: what the run started from, read before it.
    ///   - kept: roles whose changes are never lost, because nothing depends on them: SQLite's `-shm`.
    public init(in trace: Trace, startingFrom start: DiskTree, neverLosing kept: Set<String> = []) {
        self.trace = trace
        self.start = start
        self.kept = kept
    }

    /// At most `limit` images, all different, spread over the run; the same for the same seed.
    public func images(limit: Int = 300, seed: UInt64 = 1) -> [PowerLossImage] {
        let moments = moments()
        // Many turn out equal: twice as many are made, and the rest is thinned out.
        let chosen = choose(from: moments, limit: limit * 2, seed: seed)
        var images: [PowerLossImage] = []
        var index = 0
        visit { disk, last in
            for loss in chosen[index] ?? [] { images.append(image(disk, last, moments[index].tick, loss)) }
            index += 1
        }
        // Of equal images the latest is the one with most to answer for.
        var seen: Set<DiskTree> = []
        let different = Array(images.reversed().filter { seen.insert($0.tree).inserted }.reversed())
        var random = SplitMix64(seed: seed)
        return random.spread(over: different, count: limit)
    }

    /// Calls `body` at the start and after each change of the disk.
    private func visit(_ body: (Disk, TracedCall?) -> Void) {
        body(Disk(start), nil)
        DiskReplay.walk(trace, from: start) { moment, disk in
            if case .ended(let call) = moment, call.changesDisk { body(disk, call) }
        }
    }

    private func moments() -> [Moment] {
        var moments: [Moment] = []
        visit { disk, last in
            if let last, let index = moments.indices.last {
                moments[index].tick = last.end - 1
                moments[index].isBeforeSync = last.isSync
            }
            moments.append(Moment(tick: .max, changes: singles(disk).count))
        }
        return moments
    }

    /// The changes to lose or keep one at a time: a thousand unsynced ones are as good as the newest hundred.
    private func singles(_ disk: Disk) -> [DiskChange] {
        disk.pending.filter { !kept.contains($0.call.role) }.suffix(100)
    }

    private func choose(from moments: [Moment], limit: Int, seed: UInt64) -> [Int: [Loss]] {
        var random = SplitMix64(seed: seed)
        var alone: [(Int, Loss)] = []
        var single: [(Int, Loss)] = []
        let whole = moments.indices.map { ($0, Loss.nothing) }
        let empty = moments.indices.filter { moments[$0].isBeforeSync }.map { ($0, Loss.everything) }
        for (index, moment) in moments.enumerated() where moment.changes > 1 {
            for change in 0..<moment.changes {
                single.append((index, .one(change)))
                if moment.isBeforeSync { alone.append((index, .allBut(change))) }
            }
        }
        var chosen: [Int: [Loss]] = [:]
        var room = limit
        let groups = [empty, whole, alone, single].sorted { $0.count < $1.count }
        for (position, group) in groups.enumerated() {
            let share = random.spread(over: group, count: room / (groups.count - position))
            room -= share.count
            for (index, loss) in share { chosen[index, default: []].append(loss) }
        }
        return chosen
    }

    private func image(_ disk: Disk, _ last: TracedCall?, _ tick: UInt64, _ loss: Loss) -> PowerLossImage {
        let losable = disk.pending.filter { !kept.contains($0.call.role) }.map(\.id)
        let singles = singles(disk).map(\.id)
        let lost: Set<Int> =
            switch loss {
            case .nothing: []
            case .everything: Set(losable)
            case .one(let index): [singles[index]]
            case .allBut(let index): Set(losable).subtracting([singles[index]])
            }
        var nodes = disk.nodes
        for change in disk.pending where !lost.contains(change.id) { nodes.save(change) }
        let calls = disk.pending.filter { lost.contains($0.id) }.map(\.call)
        return PowerLossImage(tick: tick, tree: tree(of: nodes), last: last, lost: calls)
    }

    private func tree(of nodes: [Disk.Node]) -> DiskTree {
        var tree = DiskTree()
        func add(_ object: Disk.Object, _ path: String) {
            let node = nodes[object]
            switch node.kind {
            case .file: tree.nodes[path] = .file(node.bytes, mode: node.mode)
            case .link: tree.nodes[path] = .link(node.target)
            case .directory:
                tree.nodes[path] = .directory(mode: node.mode)
                for (name, entry) in node.entries { if let child = entry.object { add(child, path + "/" + name) } }
            }
        }
        add(Disk.root, "")
        return tree
    }
}

extension TracedCall {
    /// Whether the model of the disk is another one after this call.
    fileprivate var changesDisk: Bool {
        guard succeeded else { return false }
        switch name {
        case .open: return created || flags & UInt32(O_TRUNC) != 0
        case .write, .truncate, .allocate, .chmod, .stdio: return true
        default: return isSync || CallName.nameChanges.contains(name)
        }
    }
}

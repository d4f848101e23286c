/// Plays a trace against the model of the disk, in the order in which calls began and ended.
enum DiskReplay {
    enum Moment {
        case begins(TracedCall)
        case ended(TracedCall)
    }

    /// Calls `visit` at each beginning, before any effect, and at each end, after it.
    static func walk(_ trace: Trace, from start: DiskTree? = nil, _ visit: (Moment, Disk) -> Void) {
        var disk = Disk(start)
        var covered: [UInt64: Int] = [:]
        var ticks: [(tick: UInt64, call: Int)] = []
        for (index, call) in trace.calls.enumerated() {
            ticks.append((call.begin, index))
            ticks.append((call.end, index))
        }
        for (tick, index) in ticks.sorted(by: { $0.tick < $1.tick }) {
            let call = trace.calls[index]
            if tick == call.begin {
                if call.isSync { covered[tick] = disk.changeCount }
                visit(.begins(call), disk)
            } else {
                if call.isSync {
                    disk.sync(call, coveringChangesBefore: covered.removeValue(forKey: call.begin) ?? 0)
                } else {
                    disk.apply(call)
                }
                visit(.ended(call), disk)
            }
        }
    }
}

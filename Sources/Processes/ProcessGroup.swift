import Foundation

/// The process group of a program that has ended but is not reaped yet.
struct ProcessGroup {
    private static let pause = Duration.milliseconds(20)

    let leader: pid_t

    /// Waits until the rest of the group is gone, and kills what is left of it after `grace`.
    ///
    /// They were sent SIGTERM together with the leader. A shell dies of it at once, the program that it ran may need
    /// a moment to put things in order.
    func endRest(within grace: Duration) async {
        let end = ContinuousClock.now + grace
        while ContinuousClock.now < end {
            guard hasOthers else { return }
            // The calling task may be cancelled, and then it can't sleep; this one can, and is awaited in its place.
            await Task { try? await Task.sleep(for: Self.pause) }.value
        }
        kill(-leader, SIGKILL)
    }

    /// Whether anything but the leader and zombies is in the group. The kernel answers this only for one process at
    /// a time: `kill(-leader, 0)` also finds the leader's own zombie.
    private var hasOthers: Bool {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.lazy.compactMap { pid_t($0) }.contains { process in
            process != leader && getpgid(process) == leader && !isZombie(process)
        }
    }

    /// Reads the state after the closing parenthesis of the name: "7 (sh) Z 1 ..." (proc(5)).
    private func isZombie(_ process: pid_t) -> Bool {
        guard let status = try? Data(contentsOf: URL(filePath: "/proc/\(process)/stat")) else { return true }
        guard let name = status.lastIndex(of: UInt8(ascii: ")")) else { return false }
        return status[name...].dropFirst(2).first == UInt8(ascii: "Z")
    }
}

import Foundation

/// What the figures were taken on.
enum Machine {
    /// One line: cores, processor, memory, load, disk.
    static func description(of directory: String) -> String {
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let memory = ProcessInfo.processInfo.physicalMemory / 1_000_000_000
        let load = read("/proc/loadavg").split(separator: " ").first.map(String.init) ?? "unknown"
        return "\(cores) cores, \(processor), \(memory) GB, load \(load), disk \(disk(of: directory))"
    }

    private static var processor: String {
        let line = read("/proc/cpuinfo").split(separator: "\n").first { $0.hasPrefix("model name") }
        return line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown processor"
    }

    /// Its file system, and whether the kernel takes it for one that turns.
    private static func disk(of directory: String) -> String {
        var info = stat()
        guard stat(directory, &info) == 0 else { return "unknown" }
        let (major, minor) = (info.st_dev >> 8 & 0xFFF, info.st_dev & 0xFF)
        let mount = read("/proc/self/mountinfo").split(separator: "\n").first { $0.contains(" \(major):\(minor) ") }
        let words = mount?.split(separator: " ").map(String.init) ?? []
        let system = words.firstIndex(of: "-").flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil } ?? "unknown"
        let turns = read("/sys/dev/block/\(major):\(minor)/queue/rotational").first
        return system + (turns == "0" ? ", not rotating" : turns == "1" ? ", rotating" : "")
    }

    private static func read(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}

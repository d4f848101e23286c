import Foundation

/// What the kernel says about a process, all its threads together (proc(5)).
struct RunningProcess {
    struct Usage {
        /// How often a thread went to sleep and was woken.
        var wakeUps = 0
        var processor = Duration.zero
    }

    struct Unreadable: Error {
        var path: String
    }

    private let directory: String

    init(_ process: Int32) { directory = "/proc/\(process)" }

    /// A program of that name that this process started.
    static func child(named name: String) throws -> RunningProcess {
        let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }
        let found = processes.map(RunningProcess.init).first { process in
            guard let status = try? process.read("\(process.directory)/status") else { return false }
            return status.contains("Name:\t\(name)\n") && status.contains("PPid:\t\(getpid())\n")
        }
        guard let found else { throw Unreadable(path: "/proc/*/status of \(name)") }
        return found
    }

    func usage() throws -> Usage {
        var usage = Usage()
        for thread in try FileManager.default.contentsOfDirectory(atPath: "\(directory)/task") {
            // A thread may end between the listing and this.
            guard let status = try? fields("\(directory)/task/\(thread)/status"),
                let times = try? read("\(directory)/task/\(thread)/schedstat")
            else { continue }
            usage.wakeUps += status["voluntary_ctxt_switches"] ?? 0
            usage.processor += .nanoseconds(times.split(separator: " ").first.flatMap { Int($0) } ?? 0)
        }
        return usage
    }

    /// Resident, at present and at most so far, in bytes.
    func memory() throws -> (present: Int, peak: Int) {
        let status = try fields("\(directory)/status")
        guard let present = status["VmRSS"], let peak = status["VmHWM"] else {
            throw Unreadable(path: "\(directory)/status")
        }
        return (present * 1024, peak * 1024)
    }

    /// The numbers among "Name: number unit".
    private func fields(_ path: String) throws -> [String: Int] {
        var fields: [String: Int] = [:]
        for line in try read(path).split(separator: "\n") {
            let parts = line.split(whereSeparator: { " \t:".contains($0) })
            if parts.count > 1, let number = Int(parts[1]) { fields[String(parts[0])] = number }
        }
        return fields
    }

    private func read(_ path: String) throws -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { throw Unreadable(path: path) }
        return text
    }
}

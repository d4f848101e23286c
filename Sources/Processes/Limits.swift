import PluginKit

/// What a program may not do or exceed; by default nothing is limited. See `setrlimit(2)` for what each one counts.
///
/// Under limits, a program that is there but can't be started (a script whose interpreter is missing) is no failure:
/// it ends with status 126 or 127, and the output says why.
public struct Limits: Sendable, Equatable {
    /// No set-user-id program below it gains rights: `sudo` stops working (`prctl(2)`, PR_SET_NO_NEW_PRIVS).
    public var noNewPrivileges: Bool
    /// Address space in bytes.
    public var memory: Int?
    /// Processor time, in whole seconds.
    public var processorTime: Duration?
    public var openFiles: Int?
    /// Processes and threads of its user, with those that run already; has no effect on root.
    public var processes: Int?
    /// The size of a file that it writes, in bytes.
    public var fileSize: Int?

    public init(
        noNewPrivileges: Bool = false, memory: Int? = nil, processorTime: Duration? = nil, openFiles: Int? = nil,
        processes: Int? = nil, fileSize: Int? = nil
    ) {
        self.noNewPrivileges = noNewPrivileges
        self.memory = memory
        self.processorTime = processorTime
        self.openFiles = openFiles
        self.processes = processes
        self.fileSize = fileSize
    }

    /// The util-linux programs that set these limits and then become the program itself; no process stays between.
    func wrapping(_ arguments: [String]) -> [String] {
        let numbers: [(String, Int?)] = [
            ("as", memory), ("cpu", processorTime.map { Int(clamping: $0.components.seconds) }),
            ("nofile", openFiles), ("nproc", processes), ("fsize", fileSize),
        ]
        let resources = numbers.compactMap { name, value in value.map { "--\(name)=\($0)" } }
        var wrapped = arguments
        if noNewPrivileges { wrapped = ["setpriv", "--no-new-privs", "--"] + wrapped }
        if !resources.isEmpty { wrapped = ["prlimit"] + resources + ["--"] + wrapped }
        return wrapped
    }
}

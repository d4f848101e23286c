import Foundation
import GRDBSQLite
import Synchronization

/// A disk that fails on demand: SQLite's own file system, behind a shim that counts and fails writes and syncs.
///
/// It is the default of the whole process once a test asked for it, and passes everything on but for the one directory
/// that a test put under a plan.
final class FaultyDisk: Sendable {
    enum Fault: String, CaseIterable, Sendable {
        /// The disk is full.
        case full
        /// Full in the middle of a write.
        case short
        case failedWrite
        case failedSync

        fileprivate var failsSync: Bool { self == .failedSync }
    }

    private struct Plan {
        var fault: Fault?
        var remaining = 0
        var hasStruck = false
        var syncs: [String: Int] = [:]
    }

    private struct State {
        var plans: [String: Plan] = [:]
        /// By the address of the open file.
        var paths: [Int: String] = [:]
    }

    static let shared = FaultyDisk()

    private let state = Mutex(State())

    private init() { Shim.install() }

    /// Lets call `number` (from 1) of the kind that `fault` strikes fail, below `directory`, and all that follow it.
    func strike(_ fault: Fault, at number: Int, below directory: String) {
        state.withLock { $0.plans[directory] = Plan(fault: fault, remaining: number) }
    }

    /// Mends the disk.
    /// - Returns: whether the fault was met.
    func mend(_ directory: String) -> Bool {
        state.withLock { $0.plans.updateValue(Plan(), forKey: directory)?.hasStruck ?? false }
    }

    /// How often `path` was synced since the plan of its directory was made.
    func syncs(of path: String) -> Int {
        state.withLock { $0.plans[(path as NSString).deletingLastPathComponent]?.syncs[path] ?? 0 }
    }

    fileprivate func opened(_ file: Int, _ path: String) { state.withLock { $0.paths[file] = path } }

    fileprivate func closed(_ file: Int) { state.withLock { $0.paths[file] = nil } }

    /// What a write or sync of this file meets.
    fileprivate func meets(_ file: Int, isSync: Bool) -> Fault? {
        state.withLock { state in
            guard let path = state.paths[file] else { return nil }
            let directory = (path as NSString).deletingLastPathComponent
            guard var plan = state.plans[directory] else { return nil }
            defer { state.plans[directory] = plan }
            if isSync { plan.syncs[path, default: 0] += 1 }
            guard let fault = plan.fault, fault.failsSync == isSync else { return nil }
            plan.remaining -= 1
            guard plan.remaining <= 0 else { return nil }
            plan.hasStruck = true
            return fault
        }
    }
}

/// The file system that SQLite sees: its own, with three calls replaced.
private enum Shim {
    /// The methods of an opened file, and those that stand in for them: one pair per way of locking.
    private struct Methods: @unchecked Sendable {  // sound: both tables are complete before they are shared
        let original: UnsafePointer<sqlite3_io_methods>
        let replaced: UnsafeMutablePointer<sqlite3_io_methods>
    }

    // Sound: written once, before any file is opened through the shim.
    nonisolated(unsafe) private static let base = sqlite3_vfs_find(nil)
    nonisolated(unsafe) private static let system = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    private static let known = Mutex<[Methods]>([])

    static func install() {
        guard let base else { return }
        system.initialize(to: base.pointee)
        system.pointee.xOpen = { _, name, file, flags, outFlags in
            guard let base = Shim.base, let file else { return SQLITE_CANTOPEN }
            let code = base.pointee.xOpen(base, name, file, flags, outFlags)
            if code == SQLITE_OK, let name { Shim.replaceMethods(of: file, String(cString: name)) }
            return code
        }
        sqlite3_vfs_register(system, 1)
    }

    private static func replaceMethods(of file: UnsafeMutablePointer<sqlite3_file>, _ path: String) {
        guard let original = file.pointee.pMethods else { return }
        let methods = known.withLock { known in
            if let methods = known.first(where: { $0.original == original }) { return methods }
            let methods = Methods(original: original, replaced: standIn(for: original.pointee))
            known.append(methods)
            return methods
        }
        file.pointee.pMethods = UnsafePointer(methods.replaced)
        FaultyDisk.shared.opened(Int(bitPattern: file), path)
    }

    /// What the file would do without the shim.
    private static func original(_ file: UnsafeMutablePointer<sqlite3_file>) -> sqlite3_io_methods? {
        let present = file.pointee.pMethods
        return known.withLock { known in
            known.first { UnsafePointer($0.replaced) == present }?.original.pointee
        }
    }

    private static func standIn(for original: sqlite3_io_methods) -> UnsafeMutablePointer<sqlite3_io_methods> {
        let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        methods.initialize(to: original)
        methods.pointee.xWrite = { file, bytes, count, offset in
            guard let file, let write = Shim.original(file)?.xWrite else { return SQLITE_IOERR }
            switch FaultyDisk.shared.meets(Int(bitPattern: file), isSync: false) {
            case nil: return write(file, bytes, count, offset)
            case .short:
                _ = write(file, bytes, count / 2, offset)
                return SQLITE_FULL
            case .full: return SQLITE_FULL
            case .failedWrite, .failedSync: return SQLITE_IOERR | 3 << 8
            }
        }
        methods.pointee.xSync = { file, flags in
            guard let file, let sync = Shim.original(file)?.xSync else { return SQLITE_IOERR }
            guard FaultyDisk.shared.meets(Int(bitPattern: file), isSync: true) == nil else {
                return SQLITE_IOERR | 4 << 8
            }
            return sync(file, flags)
        }
        methods.pointee.xClose = { file in
            guard let file, let close = Shim.original(file)?.xClose else { return SQLITE_IOERR }
            FaultyDisk.shared.closed(Int(bitPattern: file))
            return close(file)
        }
        return methods
    }
}

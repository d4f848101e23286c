import CLinux
import Foundation
import PluginKit

/// The dry run: finds out beforehand what would make a publication fail. Changes nothing.
struct PlaceCheck {
    /// With less free space than this a publication may fail, in bytes.
    private static let scarce: UInt64 = 1 << 20

    private let delivery: Delivery
    private let kernel: Kernel

    init(delivery: Delivery, kernel: Kernel) {
        self.delivery = delivery
        self.kernel = kernel
    }

    func report() async throws -> CheckReport {
        var findings: [CheckReport.Finding] = []
        do {
            let options = try FileOptions(delivery.options)
            findings += Self.modes(options)
            findings += accounts(options)
            let trust = try Trust(delivery.options)
            let tree = POSIXFileTree(root: options.directory, trust: trust, kernel: kernel)
            findings += try directory(options, tree, trust)
            try await FileLayout(options, tree: tree).check(delivery)
            findings += try mounts(options, tree)
            findings += try await presence(options, tree)
        } catch let failure as PluginFailure {
            findings.append(.init(.problem, failure.message, remedy: failure.remedy))
        }
        return CheckReport(findings)
    }

    private static func modes(_ options: FileOptions) -> [CheckReport.Finding] {
        options.files.filter { $0.content.isPrivate && $0.mode & 0o007 != 0 }.map { file in
            .init(
                .warning, "\(file.name) holds the private key, and its mode \(octal(file.mode)) lets every user at it.",
                remedy: "Set `mode: \"0640\"` and a `group`, or \"0600\" and an `owner`.")
        }
    }

    private func accounts(_ options: FileOptions) -> [CheckReport.Finding] {
        options.files.flatMap { file in
            [
                finding { try file.owner.map { try mayGive(to: Accounts.user($0), called: $0, file.name) } ?? nil },
                finding {
                    try file.group.map { try mayGive(toGroup: Accounts.group($0), called: $0, file.name) } ?? nil
                },
            ].compactMap { $0 }
        }
    }

    private func mayGive(to user: uid_t, called name: String, _ file: String) -> CheckReport.Finding? {
        guard user != geteuid(), !Privileges.mayGiveFilesAway else { return nil }
        return .init(
            .problem, "\(file) can't be given to \(name): certflow runs as user \(geteuid()).",
            remedy: "Run certflow as root, or leave `owner` out.")
    }

    private func mayGive(toGroup group: gid_t, called name: String, _ file: String) -> CheckReport.Finding? {
        guard !Privileges.isMember(of: group), !Privileges.mayGiveFilesAway else { return nil }
        return .init(
            .problem, "\(file) can't be given to the group \(name): the user that runs certflow is not in it.",
            remedy: "Add the user to \(name), run certflow as root, or leave `group` out.")
    }

    private func directory(
        _ options: FileOptions, _ tree: POSIXFileTree, _ trust: Trust
    ) throws -> [CheckReport.Finding] {
        let path = options.directory
        if let opened = try tree.openDirectory("") {
            var findings = try rights(opened, path)
            if case .versioned = options.layout, let versions = try tree.openDirectory("versions") {
                findings += try rights(versions, "\(path)/versions")
            }
            return findings + [.init(.fact, "\(path) is there.")] + (try room(opened, path))
                + (try labels(opened, path))
        }
        let above = path.split(separator: "/").dropLast().joined(separator: "/")
        let walk = PathWalk(trust: trust, kernel: kernel)
        guard let opened = try walk.open("/\(above)", acceptingSticky: true) else {
            throw FilesystemFailure.system(ENOENT, .makeDirectory, path)
        }
        return try rights(opened, "/\(above)") + [.init(.fact, "\(path) will be made.")] + room(opened, path)
    }

    private func rights(_ directory: borrowing Descriptor, _ path: String) throws -> [CheckReport.Finding] {
        let allowed = try directory.lend { directory in
            try kernel.call(.look, path, unless: EACCES, EROFS) { faccessat(directory, ".", W_OK | X_OK, AT_EACCESS) }
        }
        guard allowed == nil else { return [] }
        let failure = FilesystemFailure.system(EACCES, .write, path)
        return [.init(.problem, failure.message, remedy: failure.remedy)]
    }

    private func room(_ directory: borrowing Descriptor, _ path: String) throws -> [CheckReport.Finding] {
        var system = statvfs()
        try directory.lend { directory in try kernel.call(.look, path) { fstatvfs(directory, &system) } }
        var findings: [CheckReport.Finding] = []
        if system.f_flag & UInt(ST_RDONLY) != 0 {
            let failure = FilesystemFailure.system(EROFS, .write, path)
            findings.append(.init(.problem, failure.message, remedy: failure.remedy))
        }
        let (free, overflow) = UInt64(system.f_bavail).multipliedReportingOverflow(by: UInt64(system.f_frsize))
        let fewInodes = system.f_files > 0 && system.f_favail < 16
        if !overflow, free < Self.scarce || fewInodes {
            findings.append(
                .init(
                    free == 0 ? .problem : .warning,
                    "The file system of \(path) has \(free) bytes and \(system.f_favail) inodes left.",
                    remedy: "Free some space."))
        }
        return findings
    }

    private func labels(_ directory: borrowing Descriptor, _ path: String) throws -> [CheckReport.Finding] {
        var findings: [CheckReport.Finding] = []
        let inherited = directory.lend { fgetxattr($0, "system.posix_acl_default", nil, 0) }
        if inherited > 0 {
            findings.append(
                .init(
                    .fact,
                    "\(path) has a default ACL: files that are new there get its users and groups, within "
                        + "their mode."))
        }
        if access("/sys/fs/selinux/enforce", F_OK) == 0 {
            findings.append(
                .init(
                    .fact, "SELinux: a file keeps the label of the one it replaces; a new one gets that of \(path)."))
        }
        return findings
    }

    /// A file that is a mount point of its own (as containers like to have it) can't be replaced.
    private func mounts(_ options: FileOptions, _ tree: POSIXFileTree) throws -> [CheckReport.Finding] {
        guard let directory = try tree.openDirectory("") else { return [] }
        let device = try directory.status(kernel, options.directory).st_dev
        let places = options.layout == .flat ? options.files.map(\.name) : ["live", "versions"]
        return try places.compactMap { place in
            let path = "\(options.directory)/\(place)"
            guard let found = try tree.status(of: place, in: directory, path), found.st_dev != device else {
                return nil
            }
            let failure = FilesystemFailure.system(EXDEV, .rename, path)
            return .init(.problem, failure.message, remedy: failure.remedy)
        }
    }

    private func presence(_ options: FileOptions, _ tree: POSIXFileTree) async throws -> [CheckReport.Finding] {
        switch try await FileLayout(options, tree: tree).inspect() {
        case .unreadable(let words): [.init(.warning, words, remedy: "The next publication replaces it.")]
        case .nothing, .certificates, .unknowable: []
        }
    }

    private func finding(_ body: () throws -> CheckReport.Finding?) -> CheckReport.Finding? {
        do {
            return try body()
        } catch let failure as PluginFailure {
            return .init(.problem, failure.message, remedy: failure.remedy)
        } catch {
            return .init(.problem, "\(error)")
        }
    }

    private static func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }
}

import Foundation
import PluginKit
import Profiles

/// Whether there is room where certflow writes: the home, and the directories that the filesystem publisher writes to.
struct DiskCheckup {
    /// In bytes: with less, commits soon fail.
    private static let little: UInt64 = 32 << 20
    /// In bytes: with less, somebody should look.
    private static let scarce: UInt64 = 256 << 20
    private static let fewFiles: UInt64 = 1000

    private let home: Home
    private let profiles: [PublishingProfile]

    init(_ home: Home, profiles: [PublishingProfile]) {
        self.home = home
        self.profiles = profiles
    }

    /// One finding for each file system.
    func findings() -> [Finding] {
        var places: [(device: dev_t, path: String, uses: [String])] = []
        for (path, use) in [(home.path, "the home")] + directories {
            var info = stat()
            guard stat(path, &info) == 0 else { continue }
            if let index = places.firstIndex(where: { $0.device == info.st_dev }) {
                if !places[index].uses.contains(use) { places[index].uses.append(use) }
            } else {
                places.append((info.st_dev, path, [use]))
            }
        }
        return places.map { judge($0.path, $0.uses) }
    }

    /// The part of each target's directory that is there already, and what it is for.
    private var directories: [(String, String)] {
        profiles.filter { $0.publisher == "filesystem" }.flatMap { profile in
            profile.targets.compactMap { target -> (String, String)? in
                guard case .text(let template, _, _)? = target.options.values["directory"],
                    case .literal(let start)? = template.parts.first
                else { return nil }
                var path = template.variables.isEmpty ? start : (start as NSString).deletingLastPathComponent
                if start.hasSuffix("/") { path = start }
                while path.count > 1, !FileManager.default.fileExists(atPath: path) {
                    path = (path as NSString).deletingLastPathComponent
                }
                return (path, "publishing/\(profile.name)")
            }
        }
    }

    private func judge(_ path: String, _ uses: [String]) -> Finding {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else {
            return .problem(
                "disk", "The file system of \(path) can't be asked: \(String(cString: strerror(errno))).",
                remedy: "See whether it is mounted.")
        }
        let free = UInt64(info.f_bavail) * UInt64(info.f_frsize)
        let (files, freeFiles) = (UInt64(info.f_files), UInt64(info.f_favail))
        let words = "\(path) (\(uses.joined(separator: ", "))): \(Bytes.words(Int64(clamping: free))) free"
        let remedy = "Free space there; certflow needs little, but without it nothing can be stored or published."
        if info.f_flag & UInt(ST_RDONLY) != 0 {
            return .problem(
                "disk", "\(path) is mounted read-only.", remedy: "Mount it writable; see `dmesg` for its cause.")
        }
        if free < Self.little { return .problem("disk", "\(words), too little.", remedy: remedy) }
        // File systems without a fixed number of files say 0.
        if files > 0, freeFiles < Self.fewFiles {
            return .problem(
                "disk", "\(words), but room for only \(freeFiles) more files.", remedy: "Remove files there.")
        }
        if free < Self.scarce { return .warning("disk", "\(words), which is little.", remedy: remedy) }
        return .ok("disk", "\(words)\(files > 0 ? ", \(freeFiles) files" : "").")
    }
}

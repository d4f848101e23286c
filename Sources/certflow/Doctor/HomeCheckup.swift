import Foundation
import PluginKit
import Profiles
import Storage

/// Whether the home's files are in safe hands, and the settings can be read.
struct HomeCheckup {
    private let home: Home

    init(_ home: Home) { self.home = home }

    func findings() -> [Finding] {
        do {
            try home.check()
        } catch {
            return [.problem("home", error)]
        }
        var findings: [Finding] = []
        if access(home.path, W_OK) != 0 {
            findings.append(
                .problem(
                    "home", "\(home.path) can't be written: \(String(cString: strerror(errno))).",
                    remedy: "Give the account that runs certflow write access, or mount the file system writable."))
        }
        findings += rights()
        if findings.isEmpty { findings.append(.ok("home", "\(home.path) is its owner's alone.")) }
        return findings + settings()
    }

    private func rights() -> [Finding] {
        var findings: [Finding] = []
        for path in [home.path, home.database, "\(home.database)-wal", "\(home.path)/\(MasterKey.fileName)"] {
            guard let mode = mode(path), mode & 0o077 != 0 else { continue }
            findings.append(
                .problem(
                    "rights", "Others may use \(path) (mode \(String(mode, radix: 8))).",
                    remedy: "Run `chmod \(path == home.path ? "700" : "600") \(path)`."))
        }
        // Profiles name commands that certflow runs: who may write them acts as certflow.
        let profiles = ["", "/publishing", "/issuing"].map { home.profiles + $0 }
        let files = profiles.flatMap { directory in
            ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).map { "\(directory)/\($0)" }
        }
        for path in Set([home.settings] + profiles + files).sorted() {
            guard let mode = mode(path), mode & 0o022 != 0 else { continue }
            findings.append(
                .problem(
                    "rights",
                    "Others may write \(path), and so decide what certflow runs (mode \(String(mode, radix: 8))).",
                    remedy: "Run `chmod go-w \(path)`."))
        }
        return findings
    }

    private func mode(_ path: String) -> mode_t? {
        var info = stat()
        guard lstat(path, &info) == 0, info.st_mode & S_IFMT != S_IFLNK else { return nil }
        return info.st_mode & 0o7777
    }

    private func settings() -> [Finding] {
        do {
            _ = try HomeConfiguration.load(file: home.settings)
            return [.ok("settings", "\(home.settings) is valid.")]
        } catch {
            return [.problem("settings", error)]
        }
    }
}

import Foundation
import Profiles
import Runner

/// Makes the directories and files of a home that are no database: durable, and whole or not there at all.
///
/// What an earlier try left undone is finished: everything that stands there is taken for not synced yet.
struct HomeMaker {
    /// Of files that are not complete yet. One init after the other: what lies there under this name is dead.
    private static let mark = "new"

    private let home: Home

    init(_ home: Home) { self.home = home }

    func make() throws {
        do {
            for directory in [home.path, home.profiles, "\(home.profiles)/publishing", "\(home.profiles)/issuing"] {
                try makeDirectory(directory)
            }
            try write(Array(HomeConfiguration.defaultText.utf8), to: home.settings)
            for example in ExampleProfile.all { try write(example.content, to: "\(home.profiles)/\(example.path)") }
        } catch let refusal as DeskRefusal {
            throw HomeProblem(
                "home.not-writable", "The home \(home.path) can't be made: \(refusal.message)",
                remedy: "Choose another place with --home, or give this account the right and the room to write there.")
        }
    }

    private func makeDirectory(_ path: String) throws {
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var code = mkdir(path, 0o700) == 0 ? 0 : errno
        if code == ENOENT, parent != path {
            try makeDirectory(parent)
            code = mkdir(path, 0o700) == 0 ? 0 : errno
        }
        guard code == 0 || code == EEXIST else { throw NewFile.notWritten(path, code) }
        // Who may write to a directory, but not read it, can't sync it.
        if access(parent, R_OK) == 0 { try NewFile.syncDirectory(of: path) }
    }

    /// What is there already is the operator's.
    private func write(_ bytes: [UInt8], to path: String) throws {
        unlink(NewFile.firstName(of: path, mark: Self.mark))
        guard access(path, F_OK) != 0 else { return try NewFile.syncDirectory(of: path) }
        var file = try NewFile(path, mark: Self.mark)
        try bytes.withUnsafeBytes { try file.write($0) }
        try file.place(replacing: false)
    }
}

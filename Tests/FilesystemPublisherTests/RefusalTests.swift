import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import FilesystemPublisher

@Suite("What others planted or may change")
struct RefusalTests {
    private static let layouts = FileOptions.Layout.allCases

    /// Publishes to `directory/tls/example`, after `plant` was there.
    private func refusal(
        _ layout: FileOptions.Layout, more: [String: Options.Value] = [:],
        _ plant: (_ directory: String) throws -> Void
    ) async throws -> String? {
        try await withTemporaryDirectory { directory in
            try FileManager.default.createDirectory(
                atPath: "\(directory.path)/tls/example", withIntermediateDirectories: true)
            try plant("\(directory.path)/tls")
            let place = Publishing("\(directory.path)/tls/example", layout, more: more)
            return await failureCode { try await place.publish(1) }
        }
    }

    @Test("a directory that everybody may write to is refused", arguments: layouts, ["", "/example"])
    func worldWritable(layout: FileOptions.Layout, place: String) async throws {
        let code = try await refusal(layout) { #expect(chmod($0 + place, 0o777) == 0) }
        #expect(code == "filesystem.unsafe-directory")
    }

    @Test("a directory like /tmp is no place to publish to, but may lead to one", arguments: layouts)
    func sticky(layout: FileOptions.Layout) async throws {
        let place = try await refusal(layout) { #expect(chmod("\($0)/example", 0o1777) == 0) }
        #expect(place == "filesystem.unsafe-directory")
        let way = try await refusal(layout) { #expect(chmod($0, 0o1777) == 0) }
        #expect(way == nil)
    }

    @Test("a directory that its group may write to is refused, unless the profile trusts the group")
    func groupWritable() async throws {
        let plant: (String) throws -> Void = { directory in
            #expect(chown(directory, .max, 12) == 0)
            #expect(chmod(directory, 0o775) == 0)
        }
        #expect(try await refusal(.versioned, plant) == "filesystem.unsafe-directory")
        let other: [String: Options.Value] = ["trustedGroups": .list([.text("13")])]
        #expect(try await refusal(.versioned, more: other, plant) == "filesystem.unsafe-directory")
        let trusted: [String: Options.Value] = ["trustedGroups": .list([.text("12")])]
        #expect(try await refusal(.versioned, more: trusted, plant) == nil)
    }

    @Test("a user whom an ACL lets write to the directory counts as one of its group")
    func writableByACL() async throws {
        let setfacl = PeerProgram("setfacl", package: "acl")
        try await withTemporaryDirectory { directory in
            try await setfacl.run(["-m", "u:daemon:rwx", directory.path], in: directory)
            let group = Options.Value.list([.text("\(getegid())")])
            let place = Publishing("\(directory.path)/tls", more: ["trustedGroups": group])
            #expect(await failureCode { try await place.publish(1) } == "filesystem.unsafe-directory")
            let trusting = Publishing(
                "\(directory.path)/tls", more: ["trustedGroups": group, "trustedUsers": .list([.text("daemon")])])
            #expect(await failureCode { try await trusting.publish(1) } == nil)
        }
    }

    @Test(
        "a directory of another user is refused, unless the profile trusts the user", .enabled(if: geteuid() == 0),
        arguments: ["", "/example"])
    func otherOwner(place: String) async throws {
        let plant: (String) throws -> Void = { #expect(chown($0 + place, 1, .max) == 0) }
        #expect(try await refusal(.versioned, plant) == "filesystem.unsafe-directory")
        let trusted: [String: Options.Value] = ["trustedUsers": .list([.text("daemon")])]
        #expect(try await refusal(.versioned, more: trusted, plant) == nil)
    }

    @Test("a link of another user on the way is refused", .enabled(if: geteuid() == 0))
    func plantedLink() async throws {
        let code = try await refusal(.versioned) { directory in
            #expect(rmdir("\(directory)/example") == 0)
            #expect(mkdir("\(directory)/elsewhere", 0o755) == 0)
            #expect(symlink("elsewhere", "\(directory)/example") == 0)
            #expect(lchown("\(directory)/example", 1, 1) == 0)
        }
        #expect(code == "filesystem.planted-link")
    }

    @Test("a link of our own on the way is refused where everybody may put links")
    func linkInSharedDirectory() async throws {
        let code = try await refusal(.versioned) { directory in
            #expect(rmdir("\(directory)/example") == 0)
            #expect(symlink("/etc", "\(directory)/example") == 0)
            #expect(chmod(directory, 0o1777) == 0)
        }
        #expect(code == "filesystem.planted-link")
    }

    @Test("a link of root's or our own on the way is followed, be it relative or absolute", arguments: [true, false])
    func ownLink(isRelative: Bool) async throws {
        try await withTemporaryDirectory { directory in
            try FileManager.default.createDirectory(
                atPath: "\(directory.path)/a/b", withIntermediateDirectories: true)
            let link = "\(directory.path)/a/way"
            try #require(symlink(isRelative ? "../a/./b" : "\(directory.path)/a/b", link) == 0)
            try await Publishing("\(link)/tls").publish(1)
            #expect(FileManager.default.fileExists(atPath: "\(directory.path)/a/b/tls/live/privkey.pem"))
        }
    }

    @Test("links that lead in a circle are refused")
    func circle() async throws {
        let code = try await refusal(.versioned) { directory in
            #expect(rmdir("\(directory)/example") == 0)
            #expect(symlink("example", "\(directory)/example") == 0)
        }
        #expect(code == "filesystem.planted-link")
    }

    @Test("below the directory no link at all is followed")
    func linkBelow() async throws {
        let code = try await refusal(.versioned) { directory in
            #expect(mkdir("\(directory)/elsewhere", 0o755) == 0)
            #expect(symlink("../elsewhere", "\(directory)/example/versions") == 0)
        }
        #expect(code == "filesystem.planted-link")
    }

    @Test("something else than a link in place of live is refused and stays", arguments: ["directory", "file", "link"])
    func foreignLive(kind: String) async throws {
        let code = try await refusal(.versioned) { directory in
            let live = "\(directory)/example/live"
            switch kind {
            case "directory": #expect(mkdir(live, 0o755) == 0)
            case "file": try Data("mine".utf8).write(to: URL(fileURLWithPath: live))
            default: #expect(symlink("/etc/ssl", live) == 0)
            }
        }
        #expect(code == "files.foreign-live")
    }

    @Test(
        "a FIFO, a directory or a link in place of a file is refused at once", arguments: ["FIFO", "directory", "link"])
    func notAFile(kind: String) async throws {
        let code = try await refusal(.flat) { directory in
            let file = "\(directory)/example/privkey.pem"
            switch kind {
            case "FIFO": #expect(mkfifo(file, 0o600) == 0)
            case "directory": #expect(mkdir(file, 0o755) == 0)
            default: #expect(symlink("/etc/shadow", file) == 0)
            }
        }
        #expect(code == "files.not-a-file")
    }

    @Test("a FIFO among the files that a version is compared with or modelled on is not opened")
    func fifoInVersion() async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path)
            try await place.publish(1)
            try #require(unlink(place.path("privkey.pem")) == 0)
            try #require(mkfifo(place.path("privkey.pem"), 0o600) == 0)
            #expect(await failureCode { try await place.publish(2) } == "filesystem.not-a-file")
        }
    }

    @Test("a file with a second name is neither read nor replaced", arguments: layouts)
    func hardLink(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing("\(directory.path)/tls", layout)
            try await place.publish(1)
            try #require(link(place.path("privkey.pem"), "\(directory.path)/second-name") == 0)
            #expect(await failureCode { try await place.publish(2) } == "filesystem.hard-link")
        }
    }

    @Test("a version that certflow did not make is left alone by a sweep, however it is called")
    func foreignVersion() async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path, more: ["keep": .integer(0)])
            for number in 1...3 { try await place.publish(number) }
            let names = ["20200101T000000Z-0000000000000000", ".staging-20200101T000000Z-0000000000000000"]
            for name in names {
                try #require(mkdir("\(directory.path)/versions/\(name)", 0o755) == 0)
                try Data().write(to: URL(fileURLWithPath: "\(directory.path)/versions/\(name)/mine"))
            }
            try await place.publisher.sweep(place.look(3), keeping: [])
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/versions")
            #expect(Set(left).isSuperset(of: names))
            #expect(left.count == 3)
            #expect(try await place.visible() == 3)
        }
    }
}

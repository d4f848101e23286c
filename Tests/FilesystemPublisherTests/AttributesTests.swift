import FileContract
import Foundation
import PluginKit
import TestPeers
import Testing

@testable import FilesystemPublisher

@Suite("What a published file looks like")
struct AttributesTests {
    private let setfacl = PeerProgram("setfacl", package: "acl")
    private let getfacl = PeerProgram("getfacl", package: "acl")
    private let setfattr = PeerProgram("setfattr", package: "attr")
    private let getfattr = PeerProgram("getfattr", package: "attr")

    private func status(_ path: String) throws -> stat {
        var found = stat()
        try #require(stat(path, &found) == 0, "\(path)")
        return found
    }

    private func mode(_ path: String) throws -> mode_t { try status(path).st_mode & 0o7777 }

    @Test("is its mode, 0600 where the key is in it and 0644 elsewhere, whatever the umask", arguments: layouts)
    func modes(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path, layout, files: ["store.p12": ["mode": "0640"]])
            try await place.publish(1)
            #expect(try mode(place.path("fullchain.pem")) == 0o644)
            #expect(try mode(place.path("privkey.pem")) == 0o600)
            #expect(try mode(place.path("bundle.pem")) == 0o600)
            #expect(try mode(place.path("store.p12")) == 0o640)
            // The way to the public file is open to others only where the directory's mode says so.
            if layout == .versioned { #expect(try mode("\(directory.path)/live") == 0o755) }
            if layout == .flat { #expect(try mode("\(directory.path)/.certflow") == 0o700) }
        }
    }

    @Test("is its owner and group, by name or number", .enabled(if: geteuid() == 0), arguments: layouts)
    func owners(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(
                directory.path, layout,
                files: [
                    "privkey.pem": ["owner": "daemon", "group": "12", "mode": "0440"],
                    "bundle.pem": ["group": "daemon"],
                ])
            for number in 1...2 {
                try await place.publish(number)
                let key = try status(place.path("privkey.pem"))
                #expect(key.st_uid == 1)
                #expect(key.st_gid == 12)
                #expect(key.st_mode & 0o7777 == 0o440)
                let bundle = try status(place.path("bundle.pem"))
                #expect(bundle.st_uid == 0)
                #expect(bundle.st_gid == 1)
            }
        }
    }

    @Test("of an account that does not exist is a clear failure", arguments: ["owner", "group"])
    func unknownAccount(option: String) async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path, files: ["privkey.pem": [option: "no-such-account"]])
            let code = await failureCode { try await place.publish(1) }
            #expect(code == (option == "owner" ? "filesystem.unknown-user" : "filesystem.unknown-group"))
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(directory.path)/versions")
            #expect(left == [])
        }
    }

    @Test("keeps the extended attributes of the file that it replaces", arguments: layouts)
    func extendedAttributes(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path, layout)
            try await place.publish(1)
            try await setfattr.run(["-n", "user.note", "-v", "for mail", place.path("privkey.pem")], in: directory)
            for number in 2...3 {
                try await place.publish(number)
                let shown = try await getfattr.run(
                    ["--absolute-names", "--only-values", "-n", "user.note", place.path("privkey.pem")], in: directory)
                #expect(shown == "for mail")
            }
            let others = try await getfattr.run(["-d", place.path("fullchain.pem")], in: directory)
            #expect(!others.contains("note"))
        }
    }

    @Test("keeps the security label of the file that it replaces", .enabled(if: geteuid() == 0), arguments: layouts)
    func securityLabel(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path, layout)
            try await place.publish(1)
            let label = "system_u:object_r:cert_t:s0"
            try await setfattr.run(["-n", "security.selinux", "-v", label, place.path("privkey.pem")], in: directory)
            try await place.publish(2)
            let shown = try await getfattr.run(
                ["--absolute-names", "--only-values", "-n", "security.selinux", place.path("privkey.pem")],
                in: directory)
            #expect(shown.hasPrefix(label))
        }
    }

    @Test("keeps its ACL: named users as they were, owner, group and others as the profile says", arguments: layouts)
    func accessList(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path, layout, files: ["privkey.pem": ["mode": "0640"]])
            try await place.publish(1)
            // The named user may write, but for the mask; the group may not even read; others may.
            try await setfacl.run(
                ["--set", "u::rw,u:daemon:rw,g::-,m::r,o::r", place.path("privkey.pem")], in: directory)
            for number in 2...3 {
                try await place.publish(number)
                let list = try await getfacl.run(["-pcnE", place.path("privkey.pem")], in: directory)
                #expect(
                    list.split(separator: "\n") == ["user::rw-", "user:1:r--", "group::r--", "mask::r--", "other::---"])
            }
        }
    }

    @Test("has no ACL of its directory's making where the file that it replaces has none", arguments: layouts)
    func defaultAccessList(layout: FileOptions.Layout) async throws {
        try await withTemporaryDirectory { directory in
            let place = Publishing(directory.path, layout, files: ["privkey.pem": ["mode": "0640"]])
            try await setfacl.run(["-d", "-m", "u:daemon:r", directory.path], in: directory)
            try await place.publish(1)
            try await setfacl.run(["-b", place.path("privkey.pem")], in: directory)
            try await place.publish(2)
            let list = try await getfacl.run(["-pcnE", place.path("privkey.pem")], in: directory)
            #expect(list.split(separator: "\n") == ["user::rw-", "group::r--", "other::---"])
            #expect(try mode(place.path("privkey.pem")) == 0o640)
        }
    }

    @Test("of a foreign file is what a rollback brings back: content, owner, mode, ACL", .enabled(if: geteuid() == 0))
    func foreignFile() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory.path)/privkey.pem"
            try Data("somebody's key".utf8).write(to: URL(fileURLWithPath: path))
            try #require(chown(path, 1, 12) == 0)
            try #require(chmod(path, 0o440) == 0)
            try await setfacl.run(["-m", "u:mail:r", path], in: directory)
            let before = try await getfacl.run(["-pn", path], in: directory)
            let place = Publishing(directory.path, .flat)
            let handle = try #require(try await place.publish(1).handle)
            #expect(try status(path).st_uid == 0)
            _ = try await place.publisher.rollback(place.look(1), to: handle, MemoryJournal())
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "somebody's key")
            #expect(try await getfacl.run(["-pn", path], in: directory) == before)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted() == [
                    ".certflow", "privkey.pem",
                ])
        }
    }

    private static let layouts = FileOptions.Layout.allCases
}

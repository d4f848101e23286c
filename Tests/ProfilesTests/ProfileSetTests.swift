import Foundation
import PluginKit
import TestPeers
import Testing

@testable import Profiles

/// The profiles of a home are one set: all valid, or it is said what is wrong with which file.
@Suite struct ProfileSetTests {
    /// Makes a `profiles` folder with these files in it.
    private func withProfiles(_ files: [String: String], _ body: (String) throws -> Void) async throws {
        try await withTemporaryDirectory { directory in
            for (name, text) in files { try write(text, name, in: directory.path) }
            try body(directory.path)
        }
    }

    private func write(_ text: String, _ name: String, in directory: String) throws {
        let file = URL(fileURLWithPath: "\(directory)/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    private func problems(_ directory: String) -> [OptionProblem] {
        do throws(ProfileProblems) {
            _ = try ProfileSet.load(directory: directory, registry: Backends.registry)
            return []
        } catch {
            return error.problems
        }
    }

    private let good = ["publishing/fleet.yaml": Valid.publishing, "issuing/own.yaml": Valid.issuing]

    @Test("profiles are found by their names")
    func loads() async throws {
        try await withProfiles(good) { directory in
            let set = try ProfileSet.load(directory: directory, registry: Backends.registry)
            #expect(Array(set.publishing.keys) == ["fleet"])
            #expect(Array(set.issuing.keys) == ["own"])
            #expect(set.publishing["fleet"]?.file == "\(directory)/publishing/fleet.yaml")
            #expect(set.brokenPublishing.isEmpty && set.brokenIssuing.isEmpty)
        }
    }

    @Test("a home without profiles has an empty set")
    func nothing() async throws {
        try await withProfiles([:]) { directory in
            let set = try ProfileSet.load(directory: directory, registry: Backends.registry)
            #expect(set.publishing.isEmpty && set.issuing.isEmpty)
        }
    }

    @Test("one mistake anywhere refuses the set, and all mistakes of all files are told")
    func allOrNothing() async throws {
        let files = good.merging([
            "publishing/a.yaml": "profile: a\npublisher: nowhere\n", "publishing/b.yaml": "profile: b\n\tx: y\n",
            "issuing/c.yaml": "profile: c\nissuer: local-authority\nwith: {lifetime: 1}\n",
        ]) { $1 }
        try await withProfiles(files) { directory in
            let problems = problems(directory)
            #expect(
                problems.map { "\($0.position)" } == [
                    "\(directory)/publishing/a.yaml:2:12", "\(directory)/publishing/b.yaml:2:1",
                    "\(directory)/issuing/c.yaml:3:18",
                ])
            #expect(ProfileProblems(problems).description.split(separator: "\n").count == 3)
        }
    }

    @Test("at a first start the valid profiles can be used, and a flow that names a broken one is told why it can't")
    func lenient() async throws {
        let files = good.merging(["publishing/broken.yaml": "profile: broken\npublisher: nowhere\n"]) { $1 }
        try await withProfiles(files) { directory in
            let (set, problems) = ProfileSet.loadLeniently(directory: directory, registry: Backends.registry)
            #expect(problems.count == 1)
            #expect(Array(set.publishing.keys) == ["fleet"])
            #expect(Array(set.issuing.keys) == ["own"])
            #expect(set.brokenPublishing["broken"] == problems)
            let reason = set.absence(of: "broken", .publishing)
            #expect(reason?.message.contains("\(directory)/publishing/broken.yaml:2:12: There is no publisher") == true)
            #expect(reason?.remedy.contains("Known here") == true)
        }
    }

    @Test("a profile in a file of another name is reported where it says its name, and found broken under both")
    func otherName() async throws {
        try await withProfiles(["issuing/mine.yaml": Valid.issuing]) { directory in
            let (set, problems) = ProfileSet.loadLeniently(directory: directory, registry: Backends.registry)
            #expect(problems.map { "\($0.position)" } == ["\(directory)/issuing/mine.yaml:1:10"])
            #expect(problems.first?.remedy.contains("Rename the file to `own.yaml`") == true)
            #expect(set.issuing.isEmpty)
            #expect(Set(set.brokenIssuing.keys) == ["mine", "own"])
        }
    }

    @Test("of two files with one profile's name, the one that bears it is the profile, and the other is reported")
    func twice() async throws {
        try await withProfiles(["issuing/own.yaml": Valid.issuing, "issuing/own2.yaml": Valid.issuing]) { directory in
            let (set, problems) = ProfileSet.loadLeniently(directory: directory, registry: Backends.registry)
            #expect(problems.map { "\($0.position)" } == ["\(directory)/issuing/own2.yaml:1:10"])
            #expect(Array(set.issuing.keys) == ["own"])
            #expect(Array(set.brokenIssuing.keys) == ["own2"])
            #expect(problems == self.problems(directory))
        }
    }

    @Test("a file with another ending is reported where it looks like a profile, else left alone")
    func otherEndings() async throws {
        let files = good.merging([
            "publishing/x.yml": Valid.publishing, "publishing/fleet.yaml~": "old", "publishing/.fleet.yaml.swp": "swap",
            "publishing/README.md": "read me", "publishing/old/fleet.yaml": "profile: [",
        ]) { $1 }
        try await withProfiles(files) { directory in
            let problems = problems(directory)
            #expect(problems.map(\.position.file) == ["\(directory)/publishing/x.yml"])
            #expect(problems.first?.remedy.contains("Rename it to `x.yaml`") == true)
        }
    }

    @Test("a file that can't be read is a problem of its own")
    func unreadable() async throws {
        try await withProfiles(good) { directory in
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory)/publishing/gone.yaml", withDestinationPath: "nowhere")
            let (set, problems) = ProfileSet.loadLeniently(directory: directory, registry: Backends.registry)
            #expect(problems.map(\.position.file) == ["\(directory)/publishing/gone.yaml"])
            #expect(problems.first?.message.contains("can't be read") == true)
            #expect(set.brokenPublishing["gone"] == problems)
        }
        try await withProfiles([:]) { directory in
            try Data().write(to: URL(fileURLWithPath: "\(directory)/publishing"))
            let problems = problems(directory)
            #expect(problems.first?.message.contains("folder of profiles can't be read") == true)
        }
    }

    @Test("the stamp differs where a file came, went or changed, and the digest only where its content did")
    func stamp() async throws {
        try await withProfiles(good) { directory in
            let file = "\(directory)/publishing/fleet.yaml"
            var stamps = [ProfileSet.stamp(directory: directory)]
            #expect(ProfileSet.stamp(directory: directory) == stamps.last)
            let digest = try ProfileSet.load(directory: directory, registry: Backends.registry).digest

            // The same size at the same moment, by another file: what an editor leaves behind.
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            try Data(Valid.publishing.replacing("once", with: "ence").utf8).write(
                to: URL(fileURLWithPath: file), options: .atomic)
            try FileManager.default.setAttributes(
                [.modificationDate: try #require(attributes[.modificationDate])], ofItemAtPath: file)
            stamps.append(ProfileSet.stamp(directory: directory))
            #expect(try ProfileSet.load(directory: directory, registry: Backends.registry).digest != digest)

            try write(Valid.publishing, "publishing/fleet.yaml", in: directory)
            stamps.append(ProfileSet.stamp(directory: directory))
            #expect(try ProfileSet.load(directory: directory, registry: Backends.registry).digest == digest)

            try write("", "issuing/new.yaml", in: directory)
            stamps.append(ProfileSet.stamp(directory: directory))
            try FileManager.default.removeItem(atPath: "\(directory)/issuing/own.yaml")
            stamps.append(ProfileSet.stamp(directory: directory))
            #expect(Set(stamps).count == stamps.count, "\(stamps)")
        }
    }

    @Test("a name that no profile has is answered with the nearest, or with where to write it")
    func absence() throws {
        #expect(Valid.profiles.absence(of: "fleet", .publishing) == nil)
        let near = try #require(Valid.profiles.absence(of: "fleat", .publishing))
        #expect(near.message == "There is no publishing profile `fleat`.")
        #expect(near.remedy == "Did you mean `fleet`?")
        let far = try #require(Valid.profiles.absence(of: "fleet", .issuing))
        #expect(far.remedy.contains("profiles/issuing/fleet.yaml"))
    }
}

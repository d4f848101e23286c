import Foundation
import PluginKit
import Testing

@testable import Storage

@Suite("The master key")
struct MasterKeyTests {
    private func withHome(_ body: (String) throws -> Void) async throws {
        try await withTestDirectory { try body($0) }
    }

    private func expectRefused(
        _ code: StorageError.Code, _ location: SourceLocation = #_sourceLocation, _ body: () throws -> Secret32
    ) {
        do {
            _ = try body()
            Issue.record("a key was given", sourceLocation: location)
        } catch let error as StorageError {
            #expect(error.code == code, "\(error)", sourceLocation: location)
            #expect(!error.remedy.isEmpty, sourceLocation: location)
        } catch {
            Issue.record("\(error)", sourceLocation: location)
        }
    }

    private func put(_ bytes: Data, _ path: String, mode: Int = 0o600) throws {
        try bytes.write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private let key = Data(repeating: 9, count: 32)

    @Test("a home gets its key once, only for its owner's eyes, and keeps it")
    func creating() async throws {
        try await withHome { home in
            expectRefused(.masterKeyMissing) { try MasterKey.load(home: home, environment: [:]) }
            let made = try MasterKey.loadOrCreate(home: home, environment: [:])
            let path = "\(home)/\(MasterKey.fileName)"
            let attributes = try FileManager.default.attributesOfItem(atPath: path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            #expect(attributes[.size] as? Int == 32)
            #expect(try FileManager.default.contentsOfDirectory(atPath: home) == [MasterKey.fileName])
            #expect(try MasterKey.load(home: home, environment: [:]).secret.matches(made.secret))
            #expect(try MasterKey.loadOrCreate(home: home, environment: [:]).secret.matches(made.secret))
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(made.secret.bytes))
        }
    }

    @Test("two homes have two keys")
    func random() async throws {
        try await withHome { first in
            let key = try MasterKey.loadOrCreate(home: first, environment: [:])
            try FileManager.default.removeItem(atPath: "\(first)/\(MasterKey.fileName)")
            #expect(!(try MasterKey.loadOrCreate(home: first, environment: [:]).secret.matches(key.secret)))
        }
    }

    /// What a crash left while the key was made, at each of its steps.
    @Test("a crash while the key is made leaves nothing that stops the next try", arguments: [0, 7, 32, 33])
    func interrupted(written: Int) async throws {
        try await withHome { home in
            let path = "\(home)/\(MasterKey.fileName)"
            try put(Data(repeating: 1, count: min(written, 32)), path + ".new")
            if written == 33 { try FileManager.default.linkItem(atPath: path + ".new", toPath: path) }
            let key = try MasterKey.loadOrCreate(home: home, environment: [:])
            #expect((key.secret.bytes == [UInt8](repeating: 1, count: 32)) == (written == 33))
            #expect(try FileManager.default.contentsOfDirectory(atPath: home) == [MasterKey.fileName])
            #expect(try MasterKey.load(home: home, environment: [:]).secret.matches(key.secret))
        }
    }

    @Test("a key is never put over one that is there")
    func neverReplaced() async throws {
        try await withHome { home in
            let path = "\(home)/\(MasterKey.fileName)"
            try put(key, path)
            #expect(throws: StorageError.self) { try KeyFile(path, allowed: .owner).create(Secret([1])) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == key)
            #expect(try FileManager.default.contentsOfDirectory(atPath: home) == [MasterKey.fileName])
        }
    }

    @Test("a key that others may touch is refused", arguments: [0o640, 0o604, 0o620, 0o602, 0o644, 0o777, 0o601])
    func wideRights(mode: Int) async throws {
        try await withHome { home in
            try put(key, "\(home)/\(MasterKey.fileName)", mode: mode)
            expectRefused(.masterKeyUnsafe) { try MasterKey.load(home: home, environment: [:]) }
            expectRefused(.masterKeyUnsafe) { try MasterKey.loadOrCreate(home: home, environment: [:]) }
        }
    }

    @Test("a link, a directory or a FIFO in its place is refused")
    func notAFile() async throws {
        try await withHome { home in
            let path = "\(home)/\(MasterKey.fileName)"
            try put(key, "\(home)/elsewhere")
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "\(home)/elsewhere")
            expectRefused(.masterKeyUnsafe) { try MasterKey.load(home: home, environment: [:]) }
            expectRefused(.masterKeyUnsafe) { try MasterKey.loadOrCreate(home: home, environment: [:]) }
            try FileManager.default.removeItem(atPath: path)
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
            expectRefused(.masterKeyUnsafe) { try MasterKey.load(home: home, environment: [:]) }
            try FileManager.default.removeItem(atPath: path)
            try #require(mkfifo(path, 0o600) == 0)
            expectRefused(.masterKeyUnsafe) { try MasterKey.load(home: home, environment: [:]) }
        }
    }

    @Test("a key of another length is refused", arguments: [0, 1, 31, 33, 64])
    func wrongLength(length: Int) async throws {
        try await withHome { home in
            try put(Data(count: length), "\(home)/\(MasterKey.fileName)")
            expectRefused(.masterKeyMalformed) { try MasterKey.load(home: home, environment: [:]) }
            expectRefused(.masterKeyMalformed) { try MasterKey.loadOrCreate(home: home, environment: [:]) }
        }
    }

    @Test("another owner's key is refused; the service manager may own a credential")
    func wrongOwner() async throws {
        try await withHome { home in
            let path = "\(home)/\(MasterKey.fileName)"
            try put(key, path)
            #expect(throws: StorageError.self) { try KeyFile(path, allowed: .owner, user: geteuid() + 1).read(32) }
            #expect(try KeyFile(path, allowed: .owner, user: geteuid()).read(32) != nil)
            guard geteuid() == 0 else { return }
            #expect(try KeyFile(path, allowed: .service, user: 4711).read(32) != nil)
            try #require(chown(path, 4712, 4712) == 0)
            #expect(throws: StorageError.self) { try KeyFile(path, allowed: .service, user: 4711).read(32) }
        }
    }

    @Test("a key that can't be written is refused in words")
    func notWritten() async throws {
        try await withHome { home in
            expectRefused(.masterKeyNotWritten) { try MasterKey.loadOrCreate(home: "\(home)/none", environment: [:]) }
        }
    }

    @Test("a credential of the service manager goes before the file, and need not be there")
    func credential() async throws {
        try await withHome { home in
            let directory = "\(home)/credentials"
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
            let environment = ["CREDENTIALS_DIRECTORY": directory]
            let own = try MasterKey.loadOrCreate(home: home, environment: environment)
            #expect(
                try MasterKey.load(home: home, environment: ["CREDENTIALS_DIRECTORY": ""]).secret.matches(own.secret))
            let path = "\(directory)/\(MasterKey.credentialName)"
            for mode in [0o400, 0o440, 0o600] {
                try? FileManager.default.removeItem(atPath: path)
                try put(key, path, mode: mode)
                #expect(try MasterKey.load(home: home, environment: environment).secret.bytes == [UInt8](key))
                #expect(try MasterKey.loadOrCreate(home: home, environment: environment).secret.bytes == [UInt8](key))
            }
            for mode in [0o444, 0o460, 0o620] {
                try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
                expectRefused(.masterKeyUnsafe) { try MasterKey.load(home: home, environment: environment) }
            }
        }
    }

    @Test("the canary tells the right key from a wrong one")
    func canary() throws {
        let canary = try MasterKey.makeCanary(with: TestKeys.master, entropy: MasterKey.systemEntropy)
        try MasterKey.verify(canary: canary, with: TestKeys.master)
        let other = try MasterKey.makeCanary(with: TestKeys.other, entropy: MasterKey.systemEntropy)
        let foreign = try TestKeys.sealer.seal(Secret(text: "certflow canary"), for: "elsewhere").base64EncodedString()
        for wrong in [nil, "", "no base64 at all", String(canary.dropLast(4)), other, foreign] {
            #expect(throws: StorageError.self) { try MasterKey.verify(canary: wrong, with: TestKeys.master) }
        }
        do {
            try MasterKey.verify(canary: canary, with: TestKeys.other)
        } catch {
            #expect(error.code == .masterKeyWrong)
        }
    }
}

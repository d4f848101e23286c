import Foundation
import TestPeers
import Testing

/// Every secret of a home is a canary; servers refuse all that is asked of them and say back what they were sent, commands
/// say what they know and fail.
@Suite("no secret is in what is printed, told to programs, or stored in clear")
struct CanaryTests {
    @Test("a canary is found in each form, wherever it stands", arguments: 0...2)
    func forms(shift: Int) throws {
        let canary = Canary("found")
        let before = String(repeating: "x", count: shift)
        let bytes = Data((before + canary.text + " behind").utf8)
        let hexadecimal = bytes.map { String(format: "%02X", $0) }.joined()
        let percent = bytes.map { String(format: "%%%02X", $0) }.joined()
        for text in [String(decoding: bytes, as: UTF8.self), bytes.base64EncodedString(), hexadecimal, percent] {
            #expect(canary.traces(in: Data("…\(text)…".utf8)) != nil, "\(text)")
        }
        #expect(canary.traces(in: Data(Canary("other").text.utf8)) == nil)
        let binary = Canary("binary", text: "", core: (0..<24).map { UInt8(250 - $0) })
        let url = Data((0..<24).map { UInt8(250 - $0) }).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_")
        #expect(binary.traces(in: Data(url.utf8)) != nil)
    }

    @Test("through all commands, with servers, commands and logins that fail")
    func all() async throws {
        try await withTemporaryDirectory { directory in
            let stranger = try await SSHKeyPair.make("ed25519", named: "stranger", in: directory)
            let identity = try await OpenSSL(in: directory).certificate("client.test", .ecdsa)
            let imported = try await OpenSSL(in: directory).certificate("imported.test", .ecdsa)
            // OpenSSH's server is only told its name.
            let peers = directory.appending(path: "peers")
            try FileManager.default.createDirectory(at: peers, withIntermediateDirectories: false)
            try await Sshd.withRunning(letting: [], in: peers) { sshd in
                try await EchoServer.withRunning(in: peers) { server in
                    let place = directory.appending(path: "cage")
                    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: false)
                    chmod(directory.path, 0o711)
                    var home = try CanaryHome(in: place, server, sshd)
                    let watch = ProcessWatch(about: place)
                    let told = try await watch.during {
                        try await home.prepare(stranger: stranger, identity: identity)
                        try await home.work(imported: imported)
                    }
                    try await home.look(told)
                    #expect(home.cage.canaries.count >= 28)
                    try home.requireExercised()
                    home.cage.requireNone()
                }
            }
        }
    }
}

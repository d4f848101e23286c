import Foundation
import TestPeers
import Testing

@Suite("help that comes with the program")
struct HelpTests {
    @Test("the manual page explains every command that the help names")
    func manual() async throws {
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            let page = try await certflow.succeed("man")
            let help = try await certflow.succeed("--help")
            let commands = help.split(separator: "\n").compactMap { line -> String? in
                // "  status                  Renewed, published, …", below a group's title
                guard line.hasPrefix("  "), !line.hasPrefix("   "), let name = line.split(separator: " ").first,
                    name.allSatisfy({ $0.isLowercase })
                else { return nil }
                return String(name)
            }
            #expect(commands.count > 10 && commands.contains("profile") && commands.contains("restore"))
            for command in commands { #expect(page.contains(".SS certflow \(command)"), "\(command)") }
            for section in ["NAME", "SYNOPSIS", "COMMANDS", "EXIT STATUS", "FILES"] {
                #expect(page.contains(".SH \(section)"))
            }
            // No line of text is taken for a macro that does not exist.
            for line in page.split(separator: "\n") where line.hasPrefix(".") {
                let macro = line.split(separator: " ").first ?? ""
                #expect([".TH", ".SH", ".SS", ".PP", ".TP", ".B", ".I"].contains(macro), "\(line)")
            }
        }
    }

    @Test("completion scripts know the commands", arguments: ["bash", "zsh", "fish"])
    func completion(shell: String) async throws {
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            let script = try await certflow.succeed("completion", shell)
            for word in ["import", "backup", "passphrase-file"] { #expect(script.contains(word)) }
            guard shell == "bash" else { return }
            let file = directory.appending(path: "completion")
            try script.write(to: file, atomically: true, encoding: .utf8)
            try await PeerProgram("bash", package: "bash").run(["-n", file.path], in: directory)
        }
    }
}

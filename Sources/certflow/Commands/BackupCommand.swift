import ArgumentParser
import Automation
import Foundation
import Runner
import Storage

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copy the home into one file, while work goes on.",
        discussion: """
            The file is a tar archive: database as of one moment, profiles, settings. The master key is NOT in it unless \
            --with-key is given: without the key the private keys and secrets in the backup can't be opened, with it \
            everybody who reads the file can open them. Keep the key apart, and the file for yourself (it is made with \
            mode 0600).
            """)

    @OptionGroup var home: HomeOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: "Where to, for example certflow-2027-03-09.tar.")
    var file: String

    @Flag(help: "Put the master key in as well.")
    var withKey = false

    @Flag(help: "Also over a file that is there.")
    var force = false

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    private struct Report: Encodable {
        var file: String
        var withKey: Bool
        var files: Int
        var newestEvent: Int64
        var madeAt: String
    }

    func run() async throws {
        var status = stat()
        if !force, lstat(file, &status) == 0 { throw NewFile.inTheWay(file) }
        try await withHome(home) { opened in
            try await opened.desk(reason: reason).noteBackup(to: file, withKey: withKey)
            let writer = BackupWriter(opened: opened, archive: file, withKey: withKey, madeAt: Date())
            let manifest = try await writer.write(replacing: force)
            guard output.output == .table else {
                return try JSONOutput.print(
                    Report(
                        file: file, withKey: withKey, files: manifest.files.count, newestEvent: manifest.newestEvent,
                        madeAt: manifest.madeAt))
            }
            Console.line("Backed up \(opened.home.path) to \(file): \(Wording.count(manifest.files.count, "file")).")
            if withKey {
                Console.line("The master key IS in it: whoever reads it can use every private key of this home.")
            } else {
                Console.line(
                    "The master key is NOT in it; keep a copy of it elsewhere: \(opened.home.path)/\(MasterKey.fileName)"
                )
            }
            Console.line("To use it: `certflow restore \(file) --home DIR`.")
        }
    }
}

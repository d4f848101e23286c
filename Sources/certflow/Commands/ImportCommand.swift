import ArgumentParser
import Automation
import Certificates
import Foundation
import PluginKit
import Profiles
import Runner
import Server
import Storage

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take in existing certificates with their keys.",
        discussion: """
            Reads PEM, DER and PKCS#12 files, and the whole directories of certbot (/etc/letsencrypt), acme.sh \
            (~/.acme.sh) and lego (.lego). Nothing is changed there. What can't be taken is named with the reason; the \
            rest is taken. Ends with 1 where nothing could be taken, with 3 where something could not.

            Renewal stays off unless --issuer names who renews it from now on, so that a public certificate is never \
            replaced by a private one by accident.
            """)

    @OptionGroup var home: HomeOptions
    @OptionGroup var output: OutputOptions

    @Argument(help: ArgumentHelp("Files that belong together, or directories.", valueName: "path"))
    var paths: [String]

    @Option(help: "What to call the certificate, where there is one; else its directory's name or its first subject.")
    var name: String?

    @Option(help: ArgumentHelp("The issuing profile that renews it from now on.", valueName: "profile"))
    var issuer: String?

    @Option(
        help: ArgumentHelp("The first line is the passphrase of PKCS#12 files; - is standard input.", valueName: "file")
    )
    var passphraseFile: String?

    @Flag(help: "Only say what would be taken.")
    var dryRun = false

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func validate() throws {
        if let name, !OptionText.isName(name) {
            throw ValidationError("`\(name)` can't be a certificate's name: use letters, digits and . _ - *.")
        }
    }

    func run() async throws {
        try await withHome(home) { opened in
            if let issuer, let absence = opened.profiles.absence(of: issuer, .issuing) {
                throw DeskRefusal("profile.missing", absence.message, remedy: absence.remedy)
            }
            let material = try await read()
            let pairs = try named(material.pairs)
            var report = ImportReport(leftOut: material.leftOut, isRehearsal: dryRun)
            let desk = opened.desk(reason: reason)
            var ending: (any Error)?
            for pair in pairs {
                do {
                    let effect = try await desk.take(
                        ImportedVersion(pair), issuer: issuer, vault: opened.vault, isRehearsal: dryRun)
                    report.add(pair, effect)
                } catch let refusal as DeskRefusal {
                    report.add(pair, refusal)
                } catch {
                    ending = error  // the home can't take more; what it has stays, and is told
                    break
                }
            }
            if !dryRun { WakeSocket.wake(opened.home) }
            try report.print(output.output, hasIssuer: issuer != nil)
            if let ending { throw ending }
            if let status = report.status { throw status }
        }
    }

    /// Asks for a passphrase where one is needed and somebody is there to ask.
    private func read() async throws -> ImportedMaterial {
        let passphrase = try passphraseFile.map { try SecretInput.read(file: $0) }
        let material = try await read(passphrase)
        guard passphrase == nil, material.leftOut.contains(where: { $0.reason.code == .passphraseMissing }),
            let answer = try SecretInput.ask("Passphrase of the PKCS#12 file")
        else { return material }
        return try await read(answer)
    }

    /// Away from the cooperative pool: deriving keys of PKCS#12 takes its time.
    private func read(_ passphrase: Secret?) async throws -> ImportedMaterial {
        let workers = WorkerThreads(count: 1)
        defer { workers.end() }
        return try await workers.run { [paths] in
            ImportedMaterial(reading: paths, passphrase: passphrase, at: Instant(Date()))
        }
    }

    private func named(_ pairs: [ImportedMaterial.Pair]) throws -> [ImportedMaterial.Pair] {
        guard let name else { return pairs }
        guard pairs.count <= 1 else {
            throw DeskRefusal(
                "import.name-for-many",
                "--name names one certificate, but \(pairs.count) were found: "
                    + pairs.prefix(5).map(\.name).joined(separator: ", ") + (pairs.count > 5 ? ", …" : "") + ".",
                remedy: "Leave --name away, or give only the files of one.")
        }
        return pairs.map { pair in
            var pair = pair
            pair.name = name
            return pair
        }
    }
}

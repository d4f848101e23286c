import ArgumentParser
import Automation
import Foundation
import PluginKit
import Runner
import Storage

extension Artifact.Content: ExpressibleByArgument {}

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a certificate, its chain or its key in one of the usual forms.",
        discussion: """
            certificate, chain, fullchain: PEM without the key. der: the certificate alone. privateKey (PKCS#8), bundle \
            (key and chain) and pkcs12 (under a passphrase) hold the private key: each export of one is an event of the \
            audit trail, and none goes to a terminal without --force.
            """)

    @OptionGroup var place: PlaceOptions

    @Argument(help: "The certificate.")
    var name: String

    @Option(help: "certificate, chain, fullchain, privateKey, bundle, der or pkcs12.")
    var format: Artifact.Content

    @Option(help: "Which version; the newest if not given.")
    var version: Int?

    @Option(help: ArgumentHelp("Where to; standard output if not given.", valueName: "file"))
    var out: String?

    @Option(help: ArgumentHelp("The first line is the passphrase for pkcs12; - is standard input.", valueName: "file"))
    var passphraseFile: String?

    @Flag(help: "Also over a file that is there, and keys to a terminal.")
    var force = false

    @Option(help: "Why, for the audit trail.")
    var reason = ""

    func validate() throws {
        if !Artifact.Content.ofVersions.contains(format) {
            throw ValidationError("\(format.rawValue) is no form of a certificate.")
        }
        if format != .pkcs12, passphraseFile != nil {
            throw ValidationError("Only pkcs12 takes a passphrase; leave --passphrase-file away.")
        }
    }

    func run() async throws {
        try await place.work { opened in
            try refuseBadPlace()
            let passphrase = try format == .pkcs12 ? self.passphrase() : nil
            let (artifact, number) = try await render(opened, passphrase)
            if format.isPrivate {
                // Before the key leaves: an export that could not be recorded does not happen.
                try await opened.desk(reason: reason).noteKeyExport(
                    of: name, version: number, content: format, to: out ?? "standard output")
            }
            try artifact.bytes.withBytes { try write($0) }
        } there: { server in
            guard !format.isPrivate else {
                throw HomeProblem(
                    "export.not-by-token",
                    "Private keys leave a server only to people who just proved who they are, never by a token.",
                    remedy:
                        "Use \"Export with key\" on the certificate's page, or `certflow export` on the server's machine."
                )
            }
            try refuseBadPlace()
            let query = [("format", format.rawValue)] + (version.map { [("version", String($0))] } ?? [])
            let file = try await server.file(["certificates", name, "export"], query)
            try file.withUnsafeBytes { try write($0) }
        }
    }

    private func refuseBadPlace() throws {
        guard !force else { return }
        if let out {
            var status = stat()
            if lstat(out, &status) == 0 { throw NewFile.inTheWay(out) }
        } else if isatty(STDOUT_FILENO) == 1, format.isPrivate || format == .der {
            throw DeskRefusal(
                "export.terminal",
                format.isPrivate
                    ? "\(format.rawValue) holds the private key, and would be shown on this terminal."
                    : "der is not text, and would disturb this terminal.",
                remedy: "Write it to a file with --out FILE; --force shows it all the same.")
        }
    }

    private func passphrase() throws -> Secret {
        if let passphraseFile { return try SecretInput.read(file: passphraseFile) }
        if let answer = try SecretInput.ask("Passphrase for the PKCS#12 file", twice: true) { return answer }
        throw DeskRefusal(
            "export.passphrase-missing", "pkcs12 needs a passphrase, and there is no terminal to ask at.",
            remedy: "Give it by --passphrase-file FILE.")
    }

    private func render(_ opened: OpenedHome, _ passphrase: Secret?) async throws -> (Artifact, version: Int) {
        let record = try await opened.ledger.knownCertificate(name)
        guard let overview = try await opened.ledger.overview(record.id) else {
            throw DeskRefusal.unknownCertificate(name)
        }
        let newest = overview.state.current
        guard newest > 0 else {
            throw DeskRefusal(
                "certificate.no-version", "\(name) has no version yet.",
                remedy: "`certflow run` issues the first one, once it is due: see `certflow status \(name)`.")
        }
        let number = version ?? newest
        guard let material = try await opened.ledger.material(of: record.id, number: number) else {
            throw DeskRefusal(
                "version.unknown", "\(name) has no version \(number).", remedy: "It has versions up to \(newest).")
        }
        var key: Secret?
        if format.isPrivate {
            guard let sealed = material.sealedKey else {
                throw DeskRefusal(
                    "version.key-missing", "The private key of \(name) version \(number) is not kept any more.",
                    remedy: "Export a form without the key, or another version.")
            }
            key = try opened.vault.open(sealed, Vault.Place.key(of: record.id, version: number))
        }
        let workers = WorkerThreads(count: 1)
        defer { workers.end() }
        let job = RenderingJob(
            certificate: name, chain: material.chain, key: key,
            requests: [ArtifactRequest(format, passphrase: passphrase == nil ? nil : "")],
            passphrases: passphrase.map { ["": $0] } ?? [:], artifactKey: opened.vault.artifactKey)
        let artifacts = try await IssuanceTools.live(workers: workers).render(job)
        guard let artifact = artifacts.first, artifact.bytes.count > 0 else {
            throw DeskRefusal(
                "export.empty",
                "\(name) version \(number) came without a chain: there is nothing between it and its root.",
                remedy: "Export `certificate` or `fullchain`.")
        }
        return (artifact, number)
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard let out else {
            guard Console.write(bytes) else { throw NewFile.notWritten("Standard output", errno) }
            return
        }
        var file = try NewFile(out)
        try file.write(bytes)
        try file.place(mode: format.isPrivate ? 0o600 : 0o644, replacing: force)
        Console.error("wrote \(out)\(format.isPrivate ? ", readable for you alone" : "")")
    }
}

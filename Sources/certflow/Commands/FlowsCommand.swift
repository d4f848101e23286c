import ArgumentParser
import Foundation
import Profiles
import Runner
import Server
import Storage

struct FlowsCommand: AsyncParsableCommand {
    private static let page = 500

    static let configuration = CommandConfiguration(
        commandName: "flows", abstract: "Write certificates and their flows as `apply` reads them.",
        discussion: "Change what it writes, and apply it: `certflow flows > flows.yaml`.")

    @OptionGroup var place: PlaceOptions

    @Argument(help: "Certificates; all where none is named.")
    var names: [String] = []

    func run() async throws {
        try await place.work { opened in
            let records = names.isEmpty ? try await all(opened) : try await named(opened)
            write(records.map { CertificateSpec($0) })
        } there: { server in
            write(try await server.specs(names))
        }
    }

    private func write(_ specs: [CertificateSpec]) {
        let text = FlowsFile.text(specs)
        Console.line(text.hasSuffix("\n") ? String(text.dropLast()) : text)
    }

    private func named(_ opened: OpenedHome) async throws -> [CertificateRecord] {
        var records: [CertificateRecord] = []
        for name in names {
            records.append(try await opened.ledger.knownCertificate(name))
        }
        return records
    }

    /// Those in service.
    private func all(_ opened: OpenedHome) async throws -> [CertificateRecord] {
        var records: [CertificateRecord] = []
        var last: String?
        while true {
            let page = try await opened.ledger.certificates(after: last, limit: Self.page)
            guard let end = page.last else { return records }
            last = end.name
            records += page.filter { !$0.isRetired }
        }
    }
}

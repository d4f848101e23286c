import Automation
import Certificates
import Foundation
import PluginKit
import Runner

/// What an import took, and what it could not take. The form of `import --output json`.
struct ImportReport: Encodable {
    struct Item: Encodable {
        /// "created", "added", "known", "refused", "left-out"
        var effect: String
        var certificate: String?
        var version: Int?
        var subjects: [String]
        var notAfter: String?
        var sources: [String]
        var code: String?
        var message: String?
        var remedy: String?
    }

    private(set) var items: [Item] = []
    let dryRun: Bool

    init(leftOut: [ImportedMaterial.LeftOut], isRehearsal: Bool) {
        dryRun = isRehearsal
        // One thing can stand in several files, and is told once.
        var known: [CertificateFailure: Int] = [:]
        for left in leftOut {
            let reason = left.reason
            if let index = known[reason] {
                items[index].sources.append(left.source)
                continue
            }
            known[reason] = items.count
            items.append(
                Item(
                    effect: reason.isHarmlessToImport ? "unneeded" : "left-out", subjects: [], sources: [left.source],
                    code: reason.code.rawValue, message: reason.message, remedy: Self.remedy(reason)))
        }
    }

    private static func remedy(_ reason: CertificateFailure) -> String {
        switch reason.code {
        case .passphraseMissing: "Give the passphrase that it was exported with by --passphrase-file FILE."
        default: reason.remedy
        }
    }

    mutating func add(_ pair: ImportedMaterial.Pair, _ effect: Desk.ImportEffect) {
        var item = Self.item(pair, "created")
        switch effect {
        case .created: item.version = 1
        case .added(let version): (item.effect, item.version) = ("added", version)
        case .known(let certificate, let version):
            (item.effect, item.certificate, item.version) = ("known", certificate, version)
        }
        items.append(item)
    }

    mutating func add(_ pair: ImportedMaterial.Pair, _ refusal: DeskRefusal) {
        var item = Self.item(pair, "refused")
        (item.code, item.message, item.remedy) = (refusal.code, refusal.message, refusal.remedy)
        items.append(item)
    }

    private static func item(_ pair: ImportedMaterial.Pair, _ effect: String) -> Item {
        Item(
            effect: effect, certificate: pair.name, subjects: pair.chain.leaf.subjects.map(\.description),
            notAfter: pair.chain.leaf.notAfter.rfc3339, sources: pair.sources)
    }

    private var taken: [Item] { items.filter { ["created", "added", "known"].contains($0.effect) } }
    private var failed: [Item] { items.filter { ["refused", "left-out"].contains($0.effect) } }

    /// How the command ends; nil where all was taken.
    var status: CommandEnding? {
        if failed.isEmpty { return nil }
        return taken.isEmpty ? .failedAsSaid : .someTargetsFailed
    }

    func print(_ format: OutputFormat, hasIssuer: Bool) throws {
        guard format == .table else { return try JSONOutput.print(self) }
        printTaken()
        for item in items where item.effect == "unneeded" { Self.printProblem(item, sign: "-", .faint) }
        for item in failed { Self.printProblem(item, sign: "!", .bad) }
        if items.isEmpty { Console.line("There is nothing to import in what was given.") }
        printNext(hasIssuer)
    }

    private func printTaken() {
        guard !taken.isEmpty else { return }
        var table = Table("CERTIFICATE", dryRun ? "WOULD BE" : "TAKEN AS", "EXPIRES", "SUBJECTS", "FROM")
        for item in taken {
            let what =
                switch item.effect {
                case "created": Table.Cell("new", .good)
                case "added": Table.Cell("version \(item.version ?? 0)", .good)
                default: Table.Cell("here already, version \(item.version ?? 0)", .faint)
                }
            table.add(
                .init(item.certificate ?? "", .strong), what, .init(String((item.notAfter ?? "").prefix(10))),
                .init(Self.short(item.subjects)), .init(item.sources.first ?? ""))
        }
        table.print()
    }

    private static func short(_ names: [String]) -> String {
        names.count > 2
            ? "\(names.prefix(2).joined(separator: ", ")) and \(names.count - 2) more" : names.joined(separator: ", ")
    }

    private static func printProblem(_ item: Item, sign: String, _ colour: Console.Colour) {
        let place = ([item.certificate].compactMap { $0 } + item.sources).joined(separator: ", ")
        Console.line(
            "\(Console.paint(sign, colour)) \(Console.harmless(place)): \(Console.harmless(item.message ?? ""))")
        if let remedy = item.remedy { Console.line("    \(Console.harmless(remedy))") }
    }

    private func printNext(_ hasIssuer: Bool) {
        let created = items.filter { $0.effect == "created" }.count
        if dryRun {
            Console.line("Nothing was changed: this was a dry run.")
        } else if created > 0 {
            let renewal =
                hasIssuer
                ? "They are renewed from now on, and published nowhere yet." : "Nothing renews or publishes them yet."
            Console.line(
                "\(renewal) Next: `certflow flows` writes them as flows.yaml; say there who issues them and where they go, "
                    + "and run `certflow apply flows.yaml`.")
        }
    }
}

import Automation
import Foundation
import Runner
import Server
import Storage

extension ImportReport {
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

import Automation
import Foundation
import Runner
import Server
import Storage

extension ProfileDetail {
    func print() {
        Console.line(
            "\(Console.paint(Console.oneLine(name), .strong)) (\(Console.oneLine("\(kind), \(backend)")))  "
                + Console.harmless(description))
        Console.line("  file      \(Console.oneLine(file))")
        if let verified { Console.line("  verified  \(Console.harmless(verified))") }
        for line in options?.lines ?? [] { Console.line("  \(Console.harmless(line))") }
        for target in targets {
            Console.line("  target \(Console.paint(Console.oneLine(target.name), .strong))")
            for line in target.options.lines { Console.line("    \(Console.harmless(line))") }
        }
        if kind == "publishing" { printSteps() }
        let others = flows > usedBy.count ? " and \(flows - usedBy.count) more" : ""
        Console.line(
            "  used by   \(flows == 0 ? "no flow" : Console.oneLine(usedBy.joined(separator: ", ")) + others)")
        Console.line("Its options explained: `certflow profile options \(Console.oneLine(backend))`.")
    }

    private func printSteps() {
        Console.line("  test      \(Console.harmless(test?.words ?? "none"))")
        Console.line("  reload    \(Console.harmless(reload?.words ?? "none"))")
        Console.line(
            "  proof     \(Console.harmless(proof ?? "none: a publication ends as \"published, not checked\""))")
        if let rollout { Console.line("  rollout   \(Console.oneLine(rollout))") }
        Console.line(
            "  failure   \(rollsBack == true ? "puts the version before back" : "leaves the new version in place")")
    }
}

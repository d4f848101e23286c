import ArgumentParser
import Foundation

/// For what can't be taken back: asked for on a terminal, said by --yes in a script.
struct Confirmation: ParsableArguments {
    @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
    var yes = false

    /// - Parameters:
    ///   - consequences: what will be.
    ///   - question: "Revoke it?"
    func given(_ consequences: String, _ question: String) -> Bool {
        if yes { return true }
        guard isatty(STDIN_FILENO) == 1, Console.isTerminal else {
            Console.error("\(consequences) Say --yes to have it done.")
            return false
        }
        Console.line(consequences)
        Console.line("\(question) [y/N]")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}

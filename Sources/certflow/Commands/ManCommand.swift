import ArgumentParser

struct ManCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "man", abstract: "Print the manual page, made of the commands' own help.",
        discussion: "Read it with `certflow man | man -l -`, or install it as certflow.1.")

    func run() throws { Console.line(try ManualPage.text(of: Certflow.self)) }
}

import ArgumentParser

struct CompletionCommand: ParsableCommand {
    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    static let configuration = CommandConfiguration(
        commandName: "completion", abstract: "Print a script that completes certflow's commands in a shell.",
        discussion: """
            bash: certflow completion bash > /etc/bash_completion.d/certflow. \
            zsh: certflow completion zsh > "${fpath[1]}/_certflow". \
            fish: certflow completion fish > ~/.config/fish/completions/certflow.fish. \
            Then open a new shell.
            """)

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    func run() {
        let known: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        Console.line(Certflow.completionScript(for: known))
    }
}

import ArgumentParser

enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case table, json }

struct OutputOptions: ParsableArguments {
    @Option(help: "How to print: for people, or for programs.")
    var output: OutputFormat = .table
}

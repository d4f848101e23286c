import ArgumentParser
import PluginKit
import Profiles
import Runner

struct ProfileOptionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "options", abstract: "The options of a backend, and the variables that its templates may name.")

    @OptionGroup var output: OutputOptions

    @Argument(help: "The backend: see `certflow profile list --backends`.")
    var backend: String

    func run() throws {
        let registry = Wiring.registry()
        guard let manifest = registry.publishers[backend]?.manifest ?? registry.issuers[backend]?.manifest else {
            let known = registry.publishers.keys.sorted() + registry.issuers.keys.sorted()
            throw DeskRefusal(
                "backend.unknown", "There is no backend \"\(backend)\".",
                remedy: NearestKey.remedy(for: backend, among: known))
        }
        let reference = OptionReference(manifest)
        switch output.output {
        case .json: try JSONOutput.print(reference)
        case .table: reference.print()
        }
    }
}

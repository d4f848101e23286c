import ArgumentParser
import Automation
import Runner

/// Which certificates are meant: one by its name, or all with a label.
struct SelectionOptions: ParsableArguments {
    @Argument(help: "The certificate.")
    var name: String?

    @Option(help: ArgumentHelp("All certificates with this label.", valueName: "key=value"))
    var label: String?

    func validate() throws { _ = try selection() }

    /// - Throws: `ValidationError`.
    func selection() throws -> Desk.Selection {
        switch (name, label) {
        case (let name?, nil): return .name(name)
        case (nil, let label?):
            let parts = label.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let key = parts.first, let value = parts.last, !key.isEmpty else {
                throw ValidationError("`\(label)` is no label: write --label key=value.")
            }
            return .label(key: key, value: value)
        default: throw ValidationError("Name one certificate, or all with a label by --label key=value.")
        }
    }

    /// The zone on whose clock times are read.
    func zone(_ opened: OpenedHome) async throws -> Zone {
        guard let name else { return ProgressPrinter.zone }
        return try await opened.ledger.knownCertificate(name).flow.rules.window.zone
    }
}

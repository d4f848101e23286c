import ArgumentParser
import Automation
import Runner
import Server

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

    /// The zone on whose clock times are read: this machine's where many are meant.
    func zone(_ certificate: (String) async throws -> Zone) async throws -> Zone {
        guard let name else { return ProgressPrinter.zone }
        return try await certificate(name)
    }

    /// Where the API takes an act on them.
    func path(of act: String) -> [String] { name.map { ["certificates", $0, act] } ?? [act] }

    /// What it takes there.
    func body(_ fields: [String: JSONValue?], reason: String) throws -> [String: JSONValue] {
        var fields = fields
        if case .label(let key, let value) = try selection() { fields["label"] = .text("\(key):\(value)") }
        return RemoteWork.body(fields, reason: reason)
    }
}

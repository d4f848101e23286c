import Automation
import Foundation
import Profiles
import Runner
import Storage

/// Warnings of a flow that a program accepts by name, as a person ticks them on the page.
struct FlowConfirmation: Sendable {
    static let field = APIField(
        "confirm", .texts, "The ids of the warnings that are accepted, as the preview and the refusal name them.")
    static let fieldOfMany = APIField(
        "confirm", .texts,
        "The warnings of changed flows that are accepted, each as certificate/id, as the refusal names them.")

    private let exchange: Exchange
    private let confirmed: Set<String>

    init(_ exchange: Exchange) {
        self.exchange = exchange
        confirmed = Set(exchange.fields.all("confirm"))
    }

    /// - Throws: `Problem` that names each warning which is not accepted yet.
    func require(of flow: Flow, for record: CertificateRecord) async throws {
        guard flow != record.flow else { return }
        let preview = try await exchange.house.foresight.preview(
            of: try await exchange.overview(record), under: flow, now: exchange.house.now())
        try refuse(left(preview.warnings, prefix: ""))
    }

    /// Of certificates that are there and get another flow; a new one has nothing yet that could fail.
    /// - Parameter isSole: whether one certificate is meant, whose name then stands before no id.
    func require(_ report: ApplyReport, _ warnings: FlowWarnings, isSole: Bool) throws {
        try refuse(
            report.certificates.filter { !$0.isNew }.flatMap {
                left(warnings.byName[$0.name] ?? [], prefix: isSole ? "" : "\($0.name)/")
            })
    }

    private func left(_ warnings: [FlowWarning], prefix: String) -> [Problem.Place] {
        warnings.compactMap { warning in
            let id = prefix + warning.id
            guard let words = warning.confirmation, !confirmed.contains(id) else { return nil }
            return Problem.Place(
                id, "\(warning.title) \(warning.text)", remedy: "Confirm \"\(id)\" to say: \(words).")
        }
    }

    private func refuse(_ places: [Problem.Place]) throws {
        guard !places.isEmpty else { return }
        var problem = Problem.refused(
            "flow.unconfirmed", "\(Wording.count(places.count, "warning")) of the flow must be confirmed first.",
            remedy: "Change the flow, or confirm each by its id: by --confirm ID, or in `confirm` over the API.")
        problem.places = Array(places.prefix(1000))
        throw problem
    }
}

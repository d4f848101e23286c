import Automation
import Foundation
import PluginKit

/// Publishes to targets in memory; a crash may fall between any two of its steps.
struct ScriptedPublisher: Publisher {
    let world: World

    private func place(_ delivery: Delivery) -> World.Place {
        let parts = (delivery.options.text("directory") ?? "").split(separator: "/").map(String.init)
        return World.Place(
            profile: parts.first ?? "", target: delivery.target, certificate: delivery.version.certificate)
    }

    func check(_ delivery: Delivery) async throws -> CheckReport { CheckReport() }

    func inspect(_ delivery: Delivery) async throws -> Presence {
        try await world.hesitate()
        try failIfOut(delivery)
        guard let certificate = world.shown(place(delivery))?.certificate else { return .nothing }
        return .certificates([certificate.der])
    }

    func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt {
        try await world.hesitate()
        try failIfOut(delivery)
        guard let artifact = delivery.artifacts.first,
            let certificate = artifact.bytes.withBytes({ SyntheticCertificate(der: Data($0)) })
        else { throw PluginFailure(.bug, code: "no-artifact", message: "no artifact", remedy: "none") }
        let place = place(delivery)
        let handle = try Handle(["target": place.name])
        try await journal.record(.staged, handle)
        try await world.hesitate()
        try failIfOut(delivery)
        let isChanged = world.shown(place)?.certificate != certificate
        world.put(certificate, at: place)
        try await world.hesitate()
        try await journal.record(.switched, handle)
        return Receipt(effect: isChanged ? .changed : .unchanged, atomic: true, handle: handle)
    }

    func rollback(_ delivery: Delivery, to handle: Handle, _ journal: any Journal) async throws -> Receipt {
        try await world.hesitate()
        try failIfOut(delivery)
        let place = place(delivery)
        if let previous = world.shown(place)?.previous { world.put(previous, at: place) }
        try await journal.record(.restored, handle)
        return Receipt(effect: .changed, atomic: true, handle: handle)
    }

    private func failIfOut(_ delivery: Delivery) throws {
        let outages = world.scenario.targetOutages[delivery.target] ?? []
        let place = place(delivery)
        guard world.fails(outages, certificate: place.certificate, place: place.name) else { return }
        throw PluginFailure(.transient, code: "target.out", message: "the target is out", remedy: "wait")
    }
}

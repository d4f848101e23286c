import Automation
import Foundation
import PluginKit

/// Issues synthetic certificates: at once, or after some processing; fails while it is out.
struct ScriptedIssuer: Issuer {
    let world: World

    private struct Order: Codable {
        var serial: String
        var notBefore: Instant
    }

    func check() async throws -> CheckReport { CheckReport() }

    func begin(_ request: IssuanceRequest, _ journal: any Journal) async throws -> Issuance {
        try await world.hesitate()
        try failIfOut(request)
        let order = Order(
            serial: world.update { String(UInt64.random(in: 1 ... .max, using: &$0.random)) },
            notBefore: world.clock.now)
        let handle = try Handle(order)
        try await journal.record(.ordered, handle)
        return try await goOn(request, handle, order)
    }

    func resume(_ request: IssuanceRequest, from handle: Handle, _ journal: any Journal) async throws -> Issuance {
        try await world.hesitate()
        try failIfOut(request)
        return try await goOn(request, handle, try handle.decode(Order.self))
    }

    private func goOn(_ request: IssuanceRequest, _ handle: Handle, _ order: Order) async throws -> Issuance {
        let now = world.clock.now
        let longest = world.scenario.longestProcessing
        let ready = world.update { state -> Instant in
            if let ready = state.orders[request.id] { return ready }
            let isSlow = state.random.chance(0.3)
            let ready = now + (isSlow ? .seconds(Int64.random(in: 1...longest, using: &state.random)) : .zero)
            state.orders[request.id] = ready
            return ready
        }
        guard ready <= now else { return .pending(handle, phase: .finalizing, notBefore: ready.date) }
        try await world.hesitate()
        let lines = String(decoding: request.signingRequest, as: UTF8.self).split(separator: "\n").map(String.init)
        let life = world.scenario.life(ofRequest: request.id)
        let certificate = SyntheticCertificate(
            serial: order.serial, subjects: Array(lines.dropLast()), notBefore: order.notBefore,
            notAfter: order.notBefore + life, chainNotAfter: order.notBefore + life, key: lines.last ?? "",
            issuer: "simulated")
        world.update { $0.issued.append(World.Issued(request: request.id, serial: order.serial, at: now)) }
        return .issued(chains: [[certificate.der]], handle)
    }

    private func failIfOut(_ request: IssuanceRequest) throws {
        let isLimited = world.update { $0.random.chance(0.2) }
        let patience = isLimited ? world.scenario.patience : nil
        let name = world.scenario.name(ofRequest: request.id)
        guard world.fails(world.scenario.issuerOutages, certificate: name, place: nil, patience: patience) else {
            return
        }
        throw PluginFailure(
            isLimited ? .rateLimited : .transient, code: "issuer.out", message: "the issuer is out", remedy: "wait",
            retryAfter: patience.map { (world.clock.now + $0).date })
    }
}

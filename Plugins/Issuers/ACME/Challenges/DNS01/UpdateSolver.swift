import Foundation
import PluginKit

/// Puts the record of dns-01 into its zone by an update (RFC 2136), signed by a key (RFC 8945).
struct UpdateSolver: ChallengeSolver {
    /// What was put where: enough to take it away again.
    struct Presented: Codable, Equatable {
        var zone: String
        var name: String
        var value: String
    }

    let settings: DNS01Settings
    let server: HostPort
    let key: TSIGKey?
    let view: DNSView
    let clock: any WallClock

    func present(_ challenge: Challenge, _ journal: any Journal) async throws -> Handle {
        let checked = try CheckedChallenge(challenge, .dns01)
        guard let record = DNSName("_acme-challenge." + checked.domain) else {
            throw PluginFailure.challengeSubject(challenge.subject)
        }
        let name = try await view.target(of: record)
        guard name.isPlain else { throw PluginFailure.strangeAlias(of: record, name) }
        let zone = try await view.zoneAtPrimary(server, of: name)
        let handle = try Handle(
            Presented(zone: zone.description, name: name.description, value: checked.recordValue))
        try await journal.record(.presented, handle)
        try await change(
            DNSRecord(
                name: name, type: DNSType.txt, recordClass: DNSClass.internet, ttl: settings.ttl,
                content: .text(checked.recordValue)), in: zone)
        return handle
    }

    func propagated(_ challenge: Challenge, _ handle: Handle) async throws -> Bool {
        if settings.checksPropagation {
            let presented = try handle.decode(Presented.self)
            guard let name = DNSName(presented.name), let zone = DNSName(presented.zone),
                try await Propagation(view: view).isComplete(name, presented.value, in: zone)
            else { return false }
        }
        try await settings.pause(by: clock)
        return true
    }

    /// Removes this one value (RFC 2136, 2.5.4); others at the same name stay, and one that is gone is no failure.
    func cleanUp(_ challenge: Challenge, _ handle: Handle) async throws {
        let presented = try handle.decode(Presented.self)
        guard let name = DNSName(presented.name), let zone = DNSName(presented.zone) else { return }
        try await change(
            DNSRecord(
                name: name, type: DNSType.txt, recordClass: DNSClass.none, ttl: 0, content: .text(presented.value)),
            in: zone)
    }

    private func change(_ record: DNSRecord, in zone: DNSName) async throws {
        let message = DNSMessage.update(zone: zone, [record], id: view.client.number())
        let sent: (bytes: [UInt8], code: [UInt8])
        let answer: [UInt8]
        do {
            sent = try key.map { try TSIG.sign(message, with: $0, at: now) } ?? (message.encoded(), [])
            answer = try await view.client.send(sent.bytes, to: server, within: DNSClient.updatePatience)
        } catch let error as PluginFailure {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw PluginFailure.noAnswer(from: server, error)
        }
        try accept(answer, to: message, sent.code, zone)
    }

    private func accept(_ bytes: [UInt8], to request: DNSMessage, _ code: [UInt8], _ zone: DNSName) throws {
        guard let answer = try? DNSMessage(bytes), answer.isResponse, answer.id == request.id,
            answer.opcode == DNSMessage.Opcode.update
        else { throw PluginFailure.badAnswer(from: server) }
        if let key {
            let verdict = (try? TSIG.verdict(on: bytes, request: code, key: key, at: now)) ?? .unproved
            switch verdict {
            case .proved: break
            case .refused(let error, let serverTime):
                throw PluginFailure.signatureRefused(
                    error, by: server, key: key.name,
                    apart: serverTime.map { Int64(clamping: $0) - Int64(clamping: now) })
            case .unproved:
                guard answer.code != 0 else { throw PluginFailure.answerUnproved(by: server, key: key.name) }
            }
        }
        guard answer.code == 0 else {
            throw PluginFailure.updateRefused(answer.code, by: server, zone: zone, key: key?.name)
        }
    }

    /// Seconds since 1970.
    private var now: UInt64 { UInt64(max(0, min(clock.now.timeIntervalSince1970, 281_474_976_710_655))) }
}

extension DNS01Settings {
    /// The wait that the operator asked for besides.
    func pause(by clock: any WallClock) async throws {
        guard wait > .zero else { return }
        try await clock.sleep(until: clock.now.addingTimeInterval(TimeInterval(wait.components.seconds)))
    }
}

import Automation
import Foundation
import Profiles
import Storage

/// Makes the placements of a certificate what its flow and the profiles say: new targets get one, targets that are no
/// longer named are looked at, so that they become unmanaged. Nothing is ever deleted here.
public struct PlacementSync: Sendable {
    private let ledger: any Ledger
    private let profiles: ProfileSet

    public init(ledger: any Ledger, profiles: ProfileSet) {
        self.ledger = ledger
        self.profiles = profiles
    }

    /// - Parameter touching: names of profiles whose targets are looked at anew; nil for all.
    public func writes(
        for certificate: CertificateRecord, existing: [PlacementRecord], touching: Set<String>? = nil, at now: Instant
    ) async throws -> (writes: [Change.Write], added: [PlacementRecord]) {
        var missing: [(profile: String, target: String)] = []
        var known = Set(existing.map(\.name))
        for name in certificate.flow.profiles {
            for target in profiles.publishing[name]?.targets ?? [] where known.insert("\(name)/\(target.name)").inserted
            {
                missing.append((name, target.name))
            }
        }
        let ids = missing.isEmpty ? [] : try await ledger.newIDs(missing.count)
        let added = zip(ids, missing).map { id, place in
            PlacementRecord(
                id: id, certificate: certificate.id, profile: place.profile, target: place.target, createdAt: now)
        }
        var writes: [Change.Write] = added.map { .putPlacement($0) }
        for placement in added { writes.append(.schedule(PublicationPlanning.dueNow(placement, at: now))) }
        for placement in existing where touching?.contains(placement.profile) ?? true {
            writes.append(.hasten(PublicationPlanning.dueNow(placement, at: now)))
        }
        return (writes, added)
    }
}

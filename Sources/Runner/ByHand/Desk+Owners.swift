import Profiles
import Storage

extension Desk {
    /// A path on a target has one owner: what these would own is owned by nobody else, and by one of them alone.
    /// - Throws: `DeskRefusal` that names the path and both owners.
    func refuseSecondOwners(of specs: [CertificateSpec]) async throws {
        let finder = Places(profiles: profiles, registry: registry)
        var claimed: [String: String] = [:]
        for spec in specs {
            let known = try await ledger.certificate(named: spec.name)
            let record =
                known.map { changed($0, to: spec, at: now()) }
                ?? CertificateRecord(spec, id: 0, seed: 0, createdAt: now())
            for profile in spec.flow.profiles {
                for target in profiles.publishing[profile]?.targets ?? [] {
                    let placement = PlacementRecord(
                        id: 0, certificate: record.id, profile: profile, target: target.name, createdAt: now())
                    let owner = "\(spec.name) on \(placement.name)"
                    for place in finder.places(of: placement, record) {
                        if let other = claimed.updateValue(owner, forKey: place) {
                            throw Self.owned(place, owner, other)
                        }
                        if let other = try await self.owner(of: place, besides: placement, known) {
                            throw Self.owned(place, owner, other)
                        }
                    }
                }
            }
        }
    }

    /// Who owns a place at present; nil where it is nobody else than the one who asks.
    private func owner(
        of place: String, besides placement: PlacementRecord, _ certificate: CertificateRecord?
    ) async throws -> String? {
        guard let owner = try await ledger.owner(ofPlace: place) else { return nil }
        if owner.certificate == certificate?.id, owner.name == placement.name { return nil }
        let name = try await ledger.certificate(owner.certificate)?.name ?? "a certificate that is gone"
        return "\(name) on \(owner.name)"
    }

    private static func owned(_ place: String, _ wanting: String, _ owner: String) -> DeskRefusal {
        DeskRefusal(
            "publication.place-owned", "\(place) can't be written by \(wanting): it belongs to \(owner).",
            remedy: "Give one of the two another directory, for example with {{certificate.name}} in it.")
    }
}

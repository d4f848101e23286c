import Automation
import PluginKit
import Storage

extension Desk {
    /// What goes with a certificate.
    public struct Removal: Sendable {
        public var versions: Int
        /// "profile/target" of those that hold something of it still: nothing is deleted there.
        public var left: [String]
    }

    /// Takes a certificate out of service, or removes it with all its records and keys.
    ///
    /// - Parameter retire: keeps the records, and does it although a target holds an unexpired version.
    /// - Parameter isRehearsal: only says what would go.
    public func remove(_ name: String, retire: Bool, isRehearsal: Bool = false) async throws -> Removal {
        try await act {
            let overview = try await overview(name)
            guard name != ownCertificate else {
                throw DeskRefusal(
                    "certificate.serves", "`certflow serve` serves with \(name).",
                    remedy: "Name another one below `server: certificate:` in certflow.yaml first, and start it anew.")
            }
            var certificate = overview.certificate
            let now = now()
            let held = overview.placements.filter { $0.held?.number != nil }
            let unexpired = held.filter { $0.held.map { $0.life.notAfter > now } ?? false }
            guard retire || unexpired.isEmpty else {
                throw DeskRefusal(
                    "certificate.in-use",
                    "\(name) is held by \(unexpired.map(\.name).joined(separator: ", ")) and has not expired.",
                    remedy: "Take it out of service with `certflow remove \(name) --retire` (nothing is deleted on the "
                        + "targets), and clean them with `certflow target clean`.")
            }
            if retire, certificate.isRetired {
                throw DeskRefusal(
                    "certificate.retired", "\(name) is out of service already.",
                    remedy: "Remove its records with `certflow remove \(name)` once no target holds it.")
            }
            let removal = Removal(versions: overview.state.current, left: held.map(\.name))
            if isRehearsal { return Act(result: removal) }
            certificate.isRetired = true
            let works = [WorkKey(.renewal, certificate.id)] + overview.placements.map { WorkKey(.publication, $0.id) }
            var writes: [Change.Write] = works.map { .requireIdle($0) }
            writes += works.map { .unschedule($0) }
            if retire {
                writes.append(.changeCertificate(certificate))
                writes += overview.placements.map { .ownPlaces(placement: $0.id, places: [], takingOver: false) }
            } else {
                writes.append(.removeCertificate(certificate.id))
            }
            return Act(
                result: removal, writes: writes,
                events: [event(retire ? "certificate.retired" : "certificate.removed", name)])
        }
    }
}

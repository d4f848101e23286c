import Automation
import PluginKit
import Profiles
import Storage

extension Rehearsal {
    /// What a publishing profile, as its file is now, publishes again because it renders something else than targets hold,
    /// and when; also where it is in force already and that is still to come.
    ///
    /// - Returns: for each certificate with such a target; what can't be rendered is left to the publication to say.
    /// - Throws: `StorageError`.
    public func publishesAgain(_ profile: String) async throws -> [Consequences] {
        let maker = DeliveryMaker(outside)
        let planning = PublicationPlanning(outside)
        let now = outside.clock.now()
        var all: [Consequences] = []
        for placement in try await outside.ledger.placements(profile: profile) {
            guard let held = placement.held, let number = held.number, let delivery = held.delivery,
                let context = try await outside.ledger.publicationContext(placement.id),
                case .version(number) = planning.wanted(context, now: now), let version = context.version(number)
            else { continue }
            let prepared: PreparedDelivery
            do {
                prepared = try await maker.prepare(context, version: number)
            } catch let error as StorageError {
                throw error
            } catch {
                continue
            }
            guard prepared.delivery.id != delivery else { continue }
            let rules = context.certificate.flow.rules
            var consequences = Consequences(
                certificate: context.certificate.name, zone: rules.windowOfPublication.zone,
                zoneOfRenewal: rules.window.zone)
            consequences.publications = [
                Consequences.Publication(
                    target: placement.name, version: number,
                    run: planning.plannedRun(context, version, atOnce: .renderedAnew, now: now))
            ]
            all.append(consequences)
        }
        return all
    }
}

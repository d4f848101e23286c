import Foundation
import PluginKit
import SFTPPublisher

extension Wiring {
    /// The host keys that the machines on the way to a target show.
    static func hostKeyOffers(_ options: Options, home: Home) async throws -> [HostKeyOffer] {
        try await HostKeyOffer.ask(
            options, home: home.path, agent: ProcessInfo.processInfo.environment["SSH_AUTH_SOCK"])
    }
}

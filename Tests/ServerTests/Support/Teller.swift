import Foundation
import LocalAuthority
import PluginKit

/// A CA that issues in rehearsals alone, and revokes what it is shown.
struct Teller: Issuer {
    static let backend = Backend<any Issuer>(
        Manifest(
            name: "teller", kind: .issuer, version: "1", summary: "Revokes.", capabilities: [.revoke, .rehearse],
            options: OptionSchema([]))
    ) { options, context in
        guard context.isRehearsal else { return Teller(staging: nil) }
        try await LocalAuthority.create(options, context)
        return Teller(staging: try await LocalAuthority.backend.make(options, context))
    }

    let staging: (any Issuer)?

    func check() async throws -> CheckReport { CheckReport([]) }

    func begin(_ request: IssuanceRequest, _ journal: any Journal) async throws -> Issuance {
        guard let staging, !request.subjects.contains("refused.example") else { throw Self.refusal }
        return try await staging.begin(request, journal)
    }

    func resume(_ request: IssuanceRequest, from handle: Handle, _ journal: any Journal) async throws -> Issuance {
        guard let staging else { throw Self.refusal }
        return try await staging.resume(request, from: handle, journal)
    }

    /// What is superseded it does not take.
    func revoke(_ certificate: Data, reason: Int) async throws {
        guard reason != 4 else { throw Self.refusal }
    }

    private static let refusal = PluginFailure(
        .policy, code: "teller.refused", message: "The teller refuses.", remedy: "Ask its owner.")
}

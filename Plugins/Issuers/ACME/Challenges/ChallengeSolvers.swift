import Automation
import PluginKit

/// How one profile proves control of names: its solvers, by what they can prove.
struct ChallengeSolvers: Sendable {
    /// The forms that can prove this name, in the profile's order of preference; empty where none can. The subject is
    /// as ordered: a wildcard has only `dns01`, an address never `dns01` (RFC 8738).
    var forms: @Sendable (_ subject: Subject) -> [Challenge.Form]
    /// The solver that presents such a challenge for that name.
    var solver: @Sendable (_ form: Challenge.Form, _ subject: Subject) async throws -> any ChallengeSolver
    /// What a dry run of the solvers finds; changes nothing.
    var check: @Sendable () async -> [CheckReport.Finding]

    init(
        forms: @escaping @Sendable (_ subject: Subject) -> [Challenge.Form],
        solver: @escaping @Sendable (_ form: Challenge.Form, _ subject: Subject) async throws -> any ChallengeSolver,
        check: @escaping @Sendable () async -> [CheckReport.Finding] = { [] }
    ) {
        self.forms = forms
        self.solver = solver
        self.check = check
    }
}

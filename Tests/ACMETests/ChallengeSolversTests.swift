import Automation
import PluginKit
import Testing

@testable import ACME

@Suite("Solvers of challenges")
struct ChallengeSolversTests {
    @Test("offer no form for a name that none proves")
    func nothing() {
        let solvers = ChallengeSolvers(forms: { _ in [] }, solver: { _, _ in throw CancellationError() })
        #expect(solvers.forms(.dns("www.example.com")).isEmpty)
    }
}

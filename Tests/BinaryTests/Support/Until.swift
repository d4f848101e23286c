import TestPeers

/// Waits until something is so; a minute at most, which is long on a machine that does much else.
/// - Parameter what: what is waited for, in words.
func until(_ what: @autoclosure () -> String, _ isSo: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(60)
    while try await !isSo() {
        guard ContinuousClock.now < end else { throw PeerFailure("It was not so within a minute: \(what()).") }
        try await Task.sleep(for: .milliseconds(10))
    }
}

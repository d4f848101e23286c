/// Lets one at a time do what must not be done twice at once: make an account, fetch a directory. First come, first
/// served, per name.
actor Turns {
    private struct Line {
        var waiting: [CheckedContinuation<Void, any Error>] = []
    }

    private var lines: [String: Line] = [:]

    /// Whoever waits is let in even when its task was cancelled: the body then ends by itself.
    ///
    /// - Parameter sharesFailure: whether those who wait fail as the one before them did, instead of trying each in its
    ///   turn what has just failed: a CA that can't be reached would keep the last of them waiting for minutes.
    func take<Result: Sendable>(
        _ name: String, sharesFailure: Bool = false, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        try await enter(name)
        do {
            let result = try await body()
            leave(name)
            return result
        } catch {
            if sharesFailure, !(error is CancellationError), !Task.isCancelled { fail(name, error) }
            leave(name)
            throw error
        }
    }

    private func enter(_ name: String) async throws {
        guard lines[name] != nil else {
            lines[name] = Line()
            return
        }
        try await withCheckedThrowingContinuation { lines[name, default: Line()].waiting.append($0) }
    }

    private func leave(_ name: String) {
        guard let line = lines[name], let next = line.waiting.first else {
            lines[name] = nil
            return
        }
        lines[name]?.waiting.removeFirst()
        next.resume()
    }

    private func fail(_ name: String, _ error: any Error) {
        let waiting = lines[name]?.waiting ?? []
        lines[name]?.waiting = []
        for waiter in waiting { waiter.resume(throwing: error) }
    }
}

/// Lets one at a time do what must not be done twice at once: make an account, fetch a directory. First come, first
/// served, per name.
actor Turns {
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    /// Whoever waits is let in even when its task was cancelled: the body then ends by itself.
    func take<Result: Sendable>(
        _ name: String, _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        await enter(name)
        do {
            let result = try await body()
            leave(name)
            return result
        } catch {
            leave(name)
            throw error
        }
    }

    private func enter(_ name: String) async {
        guard waiting[name] != nil else {
            waiting[name] = []
            return
        }
        await withCheckedContinuation { waiting[name, default: []].append($0) }
    }

    private func leave(_ name: String) {
        guard var line = waiting[name], !line.isEmpty else {
            waiting[name] = nil
            return
        }
        let next = line.removeFirst()
        waiting[name] = line
        next.resume()
    }
}

/// What may not be done twice is noted before and behind it, so that the next try goes on where this one ended.
extension HTTPPublisher {
    /// Where an earlier try of this publication got to; nil where it begins at the first request.
    /// - Throws: `PluginFailure` (`configuration`) where what may not be repeated was sent, and nothing tells whether it had
    ///   its effect.
    func resume(_ session: inout Session, _ memory: TargetMemoryStore) async throws -> Progress? {
        let options = session.options
        guard options.requests.indices.contains(where: options.isNoted) else { return nil }
        guard let progress = try await memory.read().progress, progress.delivery == session.delivery.id,
            progress.requests == options.signature(progress.requests.count)
        else { return nil }
        let index = progress.requests.count - 1
        if progress.answered <= index, let request = options.requests.dropFirst(index).first {
            guard request.isRepeatable || options.isLookedAt(index) else {
                throw HTTPFailure.notRepeated(request.name, isLookedAt: !options.inspect.isEmpty)
            }
        }
        session.resume(progress.values)
        return Progress(
            delivery: progress.delivery, requests: options.signature(progress.answered), answered: progress.answered,
            values: progress.values)
    }

    /// What is noted before a request is sent.
    func sent(_ index: Int, _ earlier: Progress?, _ session: Session) -> Progress {
        Progress(
            delivery: session.delivery.id, requests: session.options.signature(index + 1),
            answered: earlier?.answered ?? 0, values: earlier?.values ?? [:])
    }

    /// What is noted when it was answered.
    func answered(_ index: Int, _ session: Session) -> Progress {
        let names = session.options.requests.prefix(index + 1).flatMap(\.extractions).map(\.name)
        return Progress(
            delivery: session.delivery.id, requests: session.options.signature(index + 1), answered: index + 1,
            values: session.values.all(Set(names)))
    }

    func note(_ progress: Progress?, _ memory: TargetMemoryStore) async throws {
        try await memory.update { $0.progress = progress }
    }
}

extension HTTPOptions {
    /// By what a later try knows the first so many requests again.
    fileprivate func signature(_ count: Int) -> [String] {
        requests.prefix(max(0, count)).map { "\($0.method) \($0.name)" }
    }

    /// Whether a request may not be repeated, and nothing tells by itself what became of it.
    func isNoted(_ index: Int) -> Bool {
        guard let request = requests.dropFirst(index).first, request.isChanging, !request.isRepeatable else {
            return false
        }
        return !(isLookedAt(index) && index == requests.count - 1)
    }
}

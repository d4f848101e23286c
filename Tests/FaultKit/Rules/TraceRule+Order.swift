extension TraceRule {
    /// Intent before effect: each effect has an intent before it, and between the two a sync that makes the intent
    /// durable.
    ///
    /// - Parameters:
    ///   - intent: what states it, such as the write to the database's log.
    ///   - sync: what makes it durable, such as the sync of that log.
    ///   - effect: what must wait, such as the first send to an issuer.
    ///   - onlyFirst: whether the effects are one, which the first stands for.
    ///   - belongs: whether this intent is the effect's own; every one is, where one flow works alone.
    public static func syncedBetween(
        _ name: String, intent: CallPattern, sync: CallPattern, effect: CallPattern, onlyFirst: Bool = false,
        belongs: @escaping @Sendable (_ intent: TracedCall, _ effect: TracedCall) -> Bool = { _, _ in true }
    ) -> Self {
        Self(name) { trace in
            var effects = trace.calls.filter { effect($0) }
            if onlyFirst { effects = Array(effects.prefix(1)) }
            return effects.compactMap { effect in
                let stated = trace.calls.last { intent($0) && $0.happens(before: effect) && belongs($0, effect) }
                guard let stated else { return ("nothing before it says that it is meant", [effect]) }
                let isDurable = trace.calls.contains { call in
                    sync(call) && stated.happens(before: call) && call.happens(before: effect)
                }
                return isDurable ? nil : ("its intent is not durable when it happens", [stated, effect])
            }
        }
    }

    /// Each call that `first` matches has certainly ended before the next that `second` matches begins, in the same
    /// thread or another.
    public static func inOrder(_ name: String, _ first: CallPattern, before second: CallPattern) -> Self {
        Self(name) { trace in
            trace.calls.filter { second($0) }.compactMap { late in
                trace.calls.contains { first($0) && $0.happens(before: late) }
                    ? nil : ("nothing that should come first has ended before it", [late])
            }
        }
    }

    /// Each effect begins after the end of the commit that says it is meant.
    public static func recordedBefore(_ name: String, _ effect: CallPattern, by recording: Recording) -> Self {
        Self(name) { trace in
            let effects = trace.calls.filter { effect($0) }
            guard let first = effects.first else { return [] }
            let commit = trace.commits(ofLog: recording.log).first { recording.records($0, first) }
            return effects.compactMap { effect in
                guard let commit else { return ("no commit says that it is meant", [effect]) }
                return commit.sync.happens(before: effect)
                    ? nil : ("the commit that says it is meant is not durable when it begins", [commit.sync, effect])
            }
        }
    }
}

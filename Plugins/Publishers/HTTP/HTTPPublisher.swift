import Curl
import Foundation
import PluginKit

/// Publishes by requests that a profile gives as data: no loops, no conditions.
///
/// What requests change is journalled before the first of them; a changing request whose answer was lost is an unknown
/// outcome, and is looked at before it is sent again.
public struct HTTPPublisher: Publisher {
    let outside: Outside

    init(_ outside: Outside) { self.outside = outside }

    public func inspect(_ delivery: Delivery) async throws -> Presence {
        let options = try HTTPOptions(delivery.options)
        guard !options.inspect.isEmpty else { return .unknowable }
        return try await loggedIn(options, delivery) { try await look(&$0) }
    }

    public func publish(_ delivery: Delivery, _ journal: any Journal) async throws -> Receipt {
        let options = try HTTPOptions(delivery.options)
        let memory = TargetMemoryStore(outside.state, delivery, place: options.place)
        return try await loggedIn(options, delivery) { try await publish(&$0, memory, journal) }
    }

    private func publish(
        _ session: inout Session, _ memory: TargetMemoryStore, _ journal: any Journal
    ) async throws -> Receipt {
        if let receipt = try await finished(&session, memory, journal) { return receipt }
        let remarks = try await forgetGone(&session, memory)
        let (options, delivery) = (session.options, session.delivery)
        let changing = options.requests.filter(\.isChanging).count
        var handle = PublishHandle(
            version: PublishedVersion(delivery.version, delivery: delivery.id),
            previous: delivery.previous.map { PublishedVersion($0, delivery: "") }, total: changing)
        // Before it is there: what a try leaves half done is swept too.
        if !options.sweep.isEmpty { try await remember(handle.version, memory) }
        var progress = try await resume(&session, memory)
        let behind = progress?.answered ?? 0
        handle.answered = options.requests.prefix(behind).filter(\.isChanging).count
        handle.values = session.values.open
        for (index, request) in options.requests.enumerated().dropFirst(behind) {
            if request.isChanging { try await journal.record(.staged, try handle.recorded()) }
            let isOnce = options.isNoted(index)
            if isOnce { try await note(sent(index, progress, session), memory) }
            do {
                try await session.change(request)
            } catch let failure as PluginFailure {
                let isUncertain = failure.kind == .unknownOutcome
                let isLast = handle.answered + 1 >= changing
                let settled = failure.code == HTTPFailure.jobFailedCode ? nil : progress
                try await memory.update {
                    if isUncertain, isLast { $0.uncertain = delivery.id }
                    if !isUncertain || !isOnce { $0.progress = settled }
                }
                throw failure
            }
            if isOnce {
                progress = answered(index, session)
                try await note(progress, memory)
            }
            if request.isChanging { handle.answered += 1 }
            handle.values = session.values.open
            // What the server calls it must not be lost, whatever comes next.
            let kept = session.kept
            if !kept.isEmpty { try await memory.update { $0.kept.merge(kept) { $1 } } }
        }
        try await memory.update {
            $0.uncertain = nil
            $0.progress = nil
        }
        let done = try handle.recorded()
        try await journal.record(.switched, done)
        return Receipt(effect: .changed, atomic: changing == 1, handle: done, remarks: remarks)
    }

    public func rollback(_ delivery: Delivery, to handle: Handle, _ journal: any Journal) async throws -> Receipt {
        let options = try HTTPOptions(delivery.options)
        let published = try handle.decode(PublishHandle.self)
        guard !options.undo.isEmpty, let previous = published.previous else {
            throw PluginFailure(
                .configuration, code: "http.no-undo",
                message: options.undo.isEmpty
                    ? "The profile gives no `undo`, so \(delivery.target) can't go back by itself."
                    : "What \(delivery.target) held before isn't known, so `undo` can't name it.",
                remedy: "Nothing is to be done where a version before is known: it is published again.")
        }
        try await loggedIn(options, delivery) { session in
            session.fill(published.values)
            session.set("previous", previous)
            for request in options.undo { try await session.change(request) }
        }
        try await journal.record(.restored, handle)
        return Receipt(effect: .changed, atomic: options.undo.filter(\.isChanging).count == 1, handle: handle)
    }

    /// Removes what was published, is not in place, and no handle keeps, by the profile's own requests.
    public func sweep(_ delivery: Delivery, keeping handles: [Handle]) async throws {
        let options = try HTTPOptions(delivery.options)
        guard !options.sweep.isEmpty else { return }
        let memory = TargetMemoryStore(outside.state, delivery, place: options.place)
        let kept = handles.compactMap { try? $0.decode(PublishHandle.self) }
        let serials = Set(kept.map(\.version.serial) + kept.compactMap(\.previous?.serial) + [delivery.version.serial])
        let remembered = try await memory.read()
        let unfinished = [remembered.uncertain, remembered.progress?.delivery]
        let old = remembered.published.filter {
            $0.number <= delivery.version.number && !serials.contains($0.serial) && !unfinished.contains($0.delivery)
        }
        guard !old.isEmpty else { return }
        try await loggedIn(options, delivery) { session in
            for version in old {
                session.set("old", version)
                for request in options.sweep { try await session.ask(request) }
                try await memory.update { $0.published.removeAll { $0.serial == version.serial } }
            }
        }
    }

    public func withdraw(_ delivery: Delivery) async throws -> [String] {
        let options = try HTTPOptions(delivery.options)
        guard !options.withdraw.isEmpty else {
            throw PluginFailure(
                .configuration, code: "http.no-withdrawal",
                message: "The profile gives no `withdraw`, so nothing can be removed from \(delivery.target).",
                remedy: "Remove it there by hand, or add the requests that do.")
        }
        return try await loggedIn(options, delivery) { try await withdraw(&$0) }
    }

    private func withdraw(_ session: inout Session) async throws -> [String] {
        let (options, delivery) = (session.options, session.delivery)
        let isCertificate = !options.contents.contains { $0.form == .challenge }
        let removed = ["\(options.place) was not published there, or was removed already."]
        if isCertificate, !options.inspect.isEmpty {
            switch try await look(&session) {
            case .certificates(let chain) where !delivery.version.fingerprint.matches(chain):
                return ["\(options.place) holds a certificate that is none of ours: it was left."]
            case .unreadable(let words): return ["\(words) Nothing tells that it is ours: it was left."]
            case .nothing: return removed
            case .certificates, .unknowable: break
            }
        }
        let known = session.values
        let unknown = options.keptNames.map { "value.\($0)" }.filter { known[$0] == nil }
        guard !options.withdraw.contains(where: { !$0.deferredNames.isDisjoint(with: unknown) }) else {
            return removed
        }
        var words: [String] = []
        for request in options.withdraw {
            let answer = try await session.ask(request)
            words.append("\(request.method) of \(options.place): \(answer.status)")
        }
        if !options.keptNames.isEmpty {
            let memory = TargetMemoryStore(outside.state, delivery, place: options.place)
            try await memory.update { $0.kept = [:] }
        }
        return words
    }

    // MARK: Parts

    /// Lends a session that is logged in, and logs out at last.
    @discardableResult
    func loggedIn<Result>(
        _ options: HTTPOptions, _ delivery: Delivery, _ body: (inout Session) async throws -> Result
    ) async throws -> Result {
        var kept: [String: String] = [:]
        if !options.keptNames.isEmpty {
            kept = try await TargetMemoryStore(outside.state, delivery, place: options.place).read().kept
        }
        var session = Session(options, delivery, outside, kept: kept)
        try await session.logIn()
        do {
            let result = try await body(&session)
            await session.logOut()
            return result
        } catch {
            await session.logOut()
            throw error
        }
    }

    /// What is there, by the requests that look.
    func look(_ session: inout Session) async throws -> Presence { try await sight(&session).presence }

    /// - Returns: also whether what the server itself had named is not there any more.
    private func sight(_ session: inout Session) async throws -> (presence: Presence, isGone: Bool) {
        var presence = Presence.unknowable
        for request in session.options.inspect {
            // What only a publication tells isn't known before the first.
            let kept = session.options.keptNames.map { "value.\($0)" }
            let known = session.values
            if request.deferredNames.contains(where: { kept.contains($0) && known[$0] == nil }) {
                return (.nothing, false)
            }
            let answer = try await session.ask(request)
            if request.isAbsent(answer) { return (.nothing, !request.deferredNames.isDisjoint(with: kept)) }
            if let place = request.certificate { presence = FoundCertificates.read(place, in: answer) }
        }
        return (presence, false)
    }

    /// What the server called it is gone with it: the next publication is the first again. Only one that is about to publish
    /// may say so: whoever just looks may look from where nothing is seen.
    /// - Returns: what the receipt remarks.
    private func forgetGone(_ session: inout Session, _ memory: TargetMemoryStore) async throws -> [String] {
        let options = session.options
        let kept = Set(options.keptNames.map { "value.\($0)" })
        guard options.inspect.contains(where: { !$0.deferredNames.isDisjoint(with: kept) }),
            try await sight(&session).isGone
        else { return [] }
        session.forget(options.keptNames)
        try await memory.update { $0.kept = [:] }
        return [
            "\(options.place) was gone from \(options.server): it was published anew, and what the server had called it "
                + "is forgotten."
        ]
    }

    /// Whether an earlier try of this very delivery had got as far as its last changing request, and that had its effect.
    private func finished(
        _ session: inout Session, _ memory: TargetMemoryStore, _ journal: any Journal
    ) async throws -> Receipt? {
        let delivery = session.delivery
        let resumed = delivery.resuming.flatMap { try? $0.decode(PublishHandle.self) }
        let wasLast = resumed.map { $0.version.delivery == delivery.id && $0.answered + 1 >= $0.total } ?? false
        let isUncertain = try await memory.read().uncertain == delivery.id
        guard wasLast || isUncertain, !session.options.inspect.isEmpty else { return nil }
        guard case .certificates(let chain) = try await look(&session), delivery.version.fingerprint.matches(chain)
        else { return nil }
        let version = PublishedVersion(delivery.version, delivery: delivery.id)
        let handle =
            resumed
            ?? PublishHandle(
                version: version, previous: delivery.previous.map { PublishedVersion($0, delivery: "") },
                total: session.options.requests.filter(\.isChanging).count)
        try await memory.update { $0.uncertain = nil }
        let done = try handle.recorded()
        try await journal.record(.switched, done)
        return Receipt(
            effect: .unchanged, atomic: handle.total == 1, handle: done,
            remarks: ["An earlier try had its effect, though its answer was lost."])
    }

    private func remember(_ version: PublishedVersion, _ memory: TargetMemoryStore) async throws {
        try await memory.update { memory in
            memory.published.removeAll { $0.serial == version.serial }
            memory.published.append(version)
        }
    }
}

extension Fingerprint {
    /// Whether the first of these certificates is the one.
    func matches(_ chain: [Data]) -> Bool { chain.first.map { Secret($0).sha256 == sha256 } ?? false }
}

import Automation
import Storage

/// The attempts of one certificate, newest first: those that run, and those that ended with what is known of them.
struct CertificateAttempts: Sendable {
    /// One try of a stage.
    struct Item: Sendable, Hashable {
        /// Stays the same while it runs and once it has ended.
        var id: String
        var work: WorkKey
        /// "profile/target"; nil for a renewal.
        var target: String?
        var startedAt: Instant
        /// Nil while it runs.
        var record: AttemptRecord?

        var isRunning: Bool { record == nil }
        var isFailure: Bool { record.map { $0.outcome != .succeeded } ?? false }
    }

    private static let eventsRead = 400

    let items: [Item]
    /// There are more than were read.
    let isCut: Bool
    private let view: CertificateView
    /// Of the certificate, oldest first.
    private let events: [EventDraft]

    init(_ view: CertificateView, limit: Int) async throws {
        let ledger = view.house.ledger
        self.view = view
        let records = try await ledger.attempts(of: view.record.id, work: nil, limit: limit)
        let events: [EventDraft] = try await ledger.latestEvents(certificate: view.name, limit: Self.eventsRead)
            .map(\.draft).reversed()
        self.events = events
        isCut = records.count == limit
        // The number of an attempt among those of its work names it: it is known before the attempt ends.
        var counts: [WorkKey: Int] = [:]
        for work in Set(records.map(\.work)).union(view.running) {
            counts[work] = try await ledger.attemptCount(of: work)
        }
        let names = Dictionary(view.overview.placements.map { ($0.id, $0.name) }) { first, _ in first }
        var items = view.running.sorted { ($0.kind.rawValue, $0.id) < ($1.kind.rawValue, $1.id) }.map { work in
            let target = work.kind == .renewal ? nil : names[work.id]
            let begun = Self.beginning(target, events)
            return Item(
                id: Self.id(work, (counts[work] ?? 0) + 1), work: work, target: target, startedAt: begun ?? view.now)
        }
        for record in records {
            let number = counts[record.work] ?? 0
            counts[record.work] = number - 1
            items.append(
                Item(
                    id: Self.id(record.work, number), work: record.work, target: record.target,
                    startedAt: record.startedAt, record: record))
        }
        self.items = items
    }

    private static func id(_ work: WorkKey, _ number: Int) -> String {
        "\(work.kind == .renewal ? "r" : "p")\(work.id)-\(number)"
    }

    private static let beginnings: Set<String> = [
        "intent.opened", "publication.begun", "publication.begun-outside-window", "publication.rolling-back",
    ]

    private static func beginning(_ target: String?, _ events: [EventDraft]) -> Instant? {
        events.last { $0.subject == target ?? "" && beginnings.contains($0.kind) }?.at
    }

    // MARK: For the template `attempts`

    func context(_ item: Item, isOpen: Bool) -> [String: Any] {
        let clock = item.target == nil ? view.clock : view.publicationClock
        let log = self.log(item, clock)
        let mark = Self.mark(item)
        let place = item.target.map { target in
            view.overview.placements.first { $0.name == target }.map { view.short($0) } ?? target
        }
        let version = item.record?.version.map { "version \($0)" }
        let location = place ?? version ?? "renewal"
        return [
            "id": item.id, "time": clock.context(item.startedAt), "mark": mark, "hasHref": false, "href": "",
            "name": "",
            "where": location, "what": CertificateTargets.cut(what(item)), "took": Self.took(item),
            "label": "\(mark["words"] ?? ""), \(location), \(clock.words(item.startedAt))", "isOpen": isOpen,
            "hasLog": !log.isEmpty, "log": log,
        ]
    }

    private static func mark(_ item: Item) -> [String: Any] {
        let isRenewal = item.work.kind == .renewal
        guard let record = item.record else {
            return CertificateMark.context(.running, isRenewal ? "renewing" : "publishing")
        }
        switch record.outcome {
        case .succeeded: return CertificateMark.context(.done, record.deed)
        case .failed:
            let words = record.step == "prove" ? "not serving" : isRenewal ? "renewal failed" : "publish failed"
            return CertificateMark.context(.needsPerson, words)
        case .interrupted: return CertificateMark.context(.retrying, "interrupted")
        }
    }

    private func what(_ item: Item) -> String {
        guard let record = item.record else { return "running" }
        if let message = record.message { return view.shown(message, code: record.code ?? "") }
        if record.outcome != .succeeded, let step = record.step { return "at step \(step)" }
        if record.target != nil, let version = record.version { return "version \(version)" }
        return record.notes.last ?? ""
    }

    private static func took(_ item: Item) -> String {
        guard let record = item.record, record.endedAt > record.startedAt else { return "" }
        return Wording.words(record.endedAt - record.startedAt)
    }

    // MARK: The log

    private func log(_ item: Item, _ clock: Clock) -> [[String: Any]] {
        let end = item.record?.endedAt ?? .distantFuture
        let own = events.filter {
            $0.at >= item.startedAt && $0.at <= end && $0.subject == item.target ?? "" && $0.actor == "runner"
        }
        var lines: [[String: Any]] = own.prefix(60).compactMap { event in
            sentence(event).map { Self.line(Self.time(event.at, clock), Self.isBad(event) ? "e" : "", $0) }
        }
        guard let record = item.record else { return lines }
        lines += record.notes.prefix(100).map { Self.line(Self.noTime, "", $0) }
        if let message = record.message {
            let words = view.shown(message, code: record.code ?? "")
            let step = record.step.map { "at step \($0): " } ?? ""
            lines.append(Self.line(Self.time(record.endedAt, clock), "e", step + words))
        }
        if let remedy = record.remedy, !remedy.isEmpty { lines.append(Self.line(Self.noTime, "g", remedy)) }
        for text in (record.output ?? "").split(whereSeparator: \.isNewline).prefix(200) {
            lines.append(Self.line(Self.noTime, "", "| \(text)"))
        }
        return lines
    }

    private static let noTime = "        "

    private static func line(_ at: String, _ tone: String, _ text: String) -> [String: Any] {
        ["at": at, "tone": tone, "text": String(text.prefix(2000).map { $0.isNewline ? " " : $0 })]
    }

    /// "10:42:06"
    private static func time(_ instant: Instant, _ clock: Clock) -> String {
        let second = LocalTime(instant, in: clock.zone).second
        return "\(clock.time(instant)):\(second < 10 ? "0" : "")\(second)"
    }

    private static func isBad(_ event: EventDraft) -> Bool {
        event.kind.hasSuffix("failed") || event.kind == "proof.different" || event.kind == "proof.unreachable"
            || event.kind.hasSuffix("needs-attention")
    }

    /// Nil for what the attempt's own record says better.
    private func sentence(_ event: EventDraft) -> String? {
        let detail = event.detail
        let reason = view.shown(event.reason, code: detail["code"] ?? "")
        let version = "version \(detail["version"] ?? "?")"
        switch event.kind {
        case "intent.opened": return "renewal begun at \(detail["issuer"] ?? "the issuer"): \(detail["cause"] ?? "")"
        case "intent.ordered": return "ordered"
        case "intent.finalizing": return "the issuer was told to issue"
        case "intent.pending": return "the issuer asks to come back at \(detail["until"] ?? "a later time")"
        case "version.stored": return "\(version) stored, ends \(detail["notAfter"] ?? "?")"
        case "publication.begun": return "\(version) goes there: \(detail["cause"] ?? "")"
        case "publication.begun-outside-window":
            return "\(version) goes there outside the window, as the last resort: \(detail["cause"] ?? "")"
        case "publication.staged": return "\(version) staged: nothing is read from it yet"
        case "publication.switched": return "\(version) switched"
        case "publication.serving": return "\(version) is served"
        case "publication.not-checked": return "\(version) published, not checked"
        case "publication.rolling-back": return "putting back what was there: \(reason)"
        case "publication.restored", "publication.rolled-back": return "what was there before is back"
        case "proof.serving": return "\(version) is in place"
        case "proof.different": return "shows something else than \(version)"
        case "proof.unreachable": return "could not be looked at"
        case "request.declined": return "not done: \(reason)"
        case "renewal.failed", "publication.failed":
            return detail["next"].flatMap { $0.isEmpty ? nil : "failed; next try \($0)" }
        default: return nil
        }
    }
}

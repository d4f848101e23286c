import Automation
import Runner
import Storage

/// The three facts of a certificate, each with its worst child in words.
struct CertificateTrio {
    private let view: CertificateView
    private let marks: Marks

    init(_ view: CertificateView) {
        self.view = view
        marks = Marks(view.standing.figures, activity: view.activity, zone: view.rules.window.zone, at: view.now)
    }

    var context: [[String: Any]] { [renewed, published, serving] }

    private func fact(_ kind: Mark.Kind, _ words: String, _ text: String, but: String = "") -> [String: Any] {
        ["mark": CertificateMark.context(kind, words), "text": text, "hasBut": !but.isEmpty, "but": but]
    }

    /// "Failed"
    private static func capital(_ words: String) -> String { words.prefix(1).uppercased() + words.dropFirst() }

    // MARK: Renewed

    private var renewed: [String: Any] {
        let (state, mark) = (view.state, marks.renewed)
        guard let life = state.life, state.current > 0 else {
            let text =
                view.standing.run.map { "The first version is asked for \(relative($0.at, view.clock))." }
                ?? "No version is asked for by itself."
            return fact(
                mark.kind, mark.kind == .running ? "Renewing" : "Not renewed yet", trouble(view.state.trouble) ?? text)
        }
        let words =
            switch mark.kind {
            case .done: "Renewed"
            case .off: view.record.isRetired ? "Retired" : "Auto-renewal is off"
            case .waiting: "Renewal \(mark.words)"
            case .retrying, .needsPerson: "Renewal: \(mark.words)"
            default: Self.capital(mark.words)
            }
        var text = "Version \(state.current)"
        if let stored = state.storedAt { text += ", \(view.clock.words(stored))" }
        let isOver = life.chainNotAfter <= view.now
        text += isOver ? "." : ", valid to \(view.clock.words(life.chainNotAfter))."
        if let trouble = trouble(state.trouble) {
            text += " \(trouble)"
        } else if let run = view.standing.run {
            text += " Next renewal \(run.at <= view.now ? "due now" : "due \(view.clock.words(run.at))")."
        } else if !view.record.isRetired {
            text += " No renewal is planned."
        }
        if state.revokedAt != nil { text += " It was revoked." }
        let but =
            isOver
            ? "It ended \(view.clock.words(life.chainNotAfter)), \(view.clock.relative(life.chainNotAfter))." : ""
        return fact(mark.kind, words, text, but: but)
    }

    private func relative(_ at: Instant, _ clock: Clock) -> String {
        at <= view.now ? "at once" : "\(clock.words(at))"
    }

    private func trouble(_ trouble: Trouble?) -> String? {
        guard let trouble else { return nil }
        let next = trouble.retryAt.map { ", next try \(view.clock.words($0))" } ?? ""
        let message = view.shown(trouble.message, code: trouble.code)
        let said = message.hasSuffix(".") ? String(message.dropLast()) : message
        return trouble.needsAttention ? "\(said); nothing more is tried by itself." : "\(said)\(next)."
    }

    // MARK: Published

    private var managed: [TargetStanding] { view.standing.managed }

    private var published: [String: Any] {
        let mark = marks.published
        let count = managed.filter(\.holdsCurrent).count
        let words =
            switch mark.kind {
            case .off where view.record.isRetired: "Retired"
            case .off where managed.isEmpty:
                view.rules.publicationEnabled ? "No target" : "Publication is off"
            case .off: "Publication is off, \(count) of \(managed.count)"
            case .running: "Publishing, \(count) of \(managed.count)"
            case .held: "Paused, \(count) of \(managed.count)"
            default: "Published to \(count) of \(managed.count)"
            }
        return fact(mark.kind, words, publishedText)
    }

    private var publishedText: String {
        guard !managed.isEmpty else {
            return view.rules.publicationEnabled ? "The flow names no target." : "Nothing will be published by itself."
        }
        let behind = managed.filter { !$0.holdsCurrent || $0.placement.trouble != nil }
        guard !behind.isEmpty else {
            let last = managed.compactMap { $0.placement.held?.since }.max()
            return "All targets hold version \(view.state.current)"
                + (last.map { ", the last since \(view.publicationClock.words($0))" } ?? "") + "."
        }
        // The worst first: what waits for a person, then what fails, then what only waits.
        let ordered = behind.sorted { Self.weight($0) > Self.weight($1) }
        var sentences = ordered.prefix(2).map { sentence($0) }
        if ordered.count > 2 { sentences.append("\(Wording.count(ordered.count - 2, "more target")) too.") }
        return sentences.joined(separator: " ")
    }

    private static func weight(_ target: TargetStanding) -> Int {
        if let trouble = target.placement.trouble { return trouble.needsAttention ? 3 : 2 }
        return target.hold == nil ? 0 : 1
    }

    private func sentence(_ target: TargetStanding) -> String {
        let name = view.short(target.placement)
        if let words = trouble(target.placement.trouble) { return "\(name) failed: \(words)" }
        if let hold = target.hold {
            return "\(name) is held by \(hold.by) \(hold.untilReleased ? "until released" : "until the next version")."
        }
        if let run = target.run {
            return "\(name) is due \(relative(run.at, view.publicationClock)), \(Wording.short(run.cause))."
        }
        return view.rules.publicationEnabled
            ? "\(name) has nothing planned." : "\(name) keeps what it has: publication is off."
    }

    // MARK: Serving

    private var serving: [String: Any] {
        let mark = marks.serving
        let good = managed.filter { $0.serving == "serving" && $0.holdsCurrent }
        let words =
            switch mark.kind {
            case .off: view.record.isRetired ? "Retired" : "Not served"
            case .notProved where good.isEmpty: "Not proved"
            case .running: "Proving, \(good.count) of \(managed.count)"
            default: "Serving on \(good.count) of \(managed.count)"
            }
        let (text, but) = servingText(good.count)
        return fact(mark.kind, words, text, but: but)
    }

    private func servingText(_ good: Int) -> (String, String) {
        let holding = view.standing.targets.filter { $0.placement.held != nil }
        guard !holding.isEmpty else { return ("No target holds it.", "") }
        if let first = holding.first(where: { $0.serving == "different" }) {
            let name = view.short(first.placement)
            return ("\(name) shows something else than what was published there.", "")
        }
        let older = holding.filter { !$0.holdsCurrent }
        if let first = older.min(by: { end($0) < end($1) }), let held = first.placement.held {
            let what = held.number.map { "Version \($0)" } ?? "A certificate that is not ours"
            let verb = end(first) <= view.now ? "expired" : "expires"
            return (
                "\(what) is on \(CertificateView.list(older.map { view.short($0.placement) })) and",
                "\(verb) \(view.clock.words(end(first))), \(view.clock.relative(end(first)))."
            )
        }
        if let lost = holding.first(where: { $0.serving == "unreachable" }) {
            return ("\(view.short(lost.placement)) could not be reached: what it serves is not known.", "")
        }
        guard good == managed.count, good > 0 else {
            let unchecked = holding.filter { !$0.isChecked }.count
            return (
                unchecked > 0
                    ? "\(Wording.count(unchecked, "target")) can't be checked: the profile has no proof."
                    : "Nobody looked since it was published.", ""
            )
        }
        let last = managed.compactMap { $0.proof?.at }.min()
        return ("Every target showed it\(last.map { ", the oldest look \(view.clock.relative($0))" } ?? "").", "")
    }

    private func end(_ target: TargetStanding) -> Instant {
        target.placement.held?.life.chainNotAfter ?? .distantFuture
    }
}

import Automation

/// The time line of a preview as an SVG: lives of versions, open windows, planned runs, what is served, gaps.
///
/// Classes and geometry attributes only: its colours stand in the style sheet.
struct YearTimeLine: Sendable {
    let preview: FlowPreview

    private static let width = 1164.0
    private static let height = 214.0
    private static let left = 104.0
    private static let right = 1156.0
    private static let bottom = 208.0
    /// What is drawn closer together than this can't be told apart.
    private static let fine = 0.5
    /// Narrower bars have no label.
    private static let labelled = 24.0
    /// Half of the room that a gap's length takes in words.
    private static let gapWordRoom = 26.0

    init(_ preview: FlowPreview) { self.preview = preview }

    private var from: Instant { preview.now }
    private var until: Instant { max(preview.until, preview.now + .minutes(1)) }
    private var clock: FlowClock { preview.clock }

    /// The whole `svg` element.
    var svg: String {
        let name = preview.certificate
        let parts: [String] = [
            "<svg viewBox=\"0 0 1164 214\" role=\"img\" aria-labelledby=\"year-title year-desc\">",
            "<title id=\"year-title\">\(MarkupText("\(span) of \(name) under this draft"))</title>",
            "<desc id=\"year-desc\">\(MarkupText(summary))</desc>",
            "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
                + "patternTransform=\"rotate(45)\"><line class=\"hatchline\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/>"
                + "</pattern></defs>",
            "<rect class=\"bg\" x=\"104\" y=\"22\" width=\"1052\" height=\"186\"/>",
            ticks, labels, windows, lifeBars, servedBars, gapBars, runMarks,
            "<line class=\"today\" x1=\"104\" x2=\"104\" y1=\"14\" y2=\"208\"/>",
            "<text class=\"todaytext\" x=\"108\" y=\"12\">now</text></svg>",
        ]
        return parts.joined()
    }

    private var span: String { preview.isCut ? "The next \(FlowClock.words(until - from))" : "One year" }

    private var summary: String {
        let runs =
            "\(Wording.count(preview.renewals, "renewal")) and \(Wording.count(preview.publications, "publication"))"
        let gaps =
            preview.outages == 0
            ? "no gap" : "\(preview.gapWords) in all, in which an expired certificate is served"
        return "\(runs); \(gaps). The table below lists each."
    }

    // MARK: Geometry

    private func x(_ instant: Instant) -> Double {
        let share = Double((min(max(instant, from), until) - from).seconds) / Double((until - from).seconds)
        return Self.left + share * (Self.right - Self.left)
    }

    /// One digit after the point, always with a point.
    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    private func bar(
        _ style: String, _ start: Instant, _ end: Instant, y: Int, height: Int, corner: Int? = nil,
        least: Double = 0.6, title: String? = nil
    ) -> String {
        let begin = x(start)
        let wide = max(x(end) - begin, least)
        let round = corner.map { " rx=\"\($0)\"" } ?? ""
        let open =
            "<rect class=\"\(style)\" x=\"\(Self.number(begin))\" y=\"\(y)\" width=\"\(Self.number(wide))\" "
            + "height=\"\(height)\"\(round)"
        return title.map { "\(open)><title>\(MarkupText($0))</title></rect>" } ?? "\(open)/>"
    }

    private func label(_ style: String, _ text: String, at start: Instant, to end: Instant, y: Int) -> String {
        guard x(end) - x(start) >= Self.labelled else { return "" }
        return "<text class=\"\(style)\" x=\"\(Self.number(x(start) + 5))\" y=\"\(y)\">\(MarkupText(text))</text>"
    }

    // MARK: The axis

    private var labels: String {
        [("Open windows", 38), ("Versions", 68), ("In service", 125), ("Renew", 158), ("Publish", 184)]
            .map { "<text class=\"lab\" x=\"0\" y=\"\($0.1)\">\($0.0)</text>" }.joined()
    }

    private var ticks: String {
        tickMoments.map { moment, text in
            let place = Self.number(x(moment))
            let line = "<line class=\"month\" x1=\"\(place)\" x2=\"\(place)\" y1=\"14\" y2=\"208\"/>"
            // Near the edges the text would be cut, or stand on "now".
            guard x(moment) > Self.left + 40, x(moment) < Self.right - 40 else { return line }
            return line + "<text x=\"\(Self.number(x(moment) + 4))\" y=\"12\">\(MarkupText(text))</text>"
        }.joined()
    }

    /// Starts of months over a year, of days or hours over less.
    private var tickMoments: [(Instant, String)] {
        let length = until - from
        guard length < .days(60) else { return months }
        let steps: [Span] = [.minutes(10), .hours(1), .hours(6), .days(1), .days(7)]
        let step = steps.first { length.seconds / $0.seconds <= 14 } ?? .days(7)
        var moment = clock.zone.startOfDay(holding: from)
        var found: [(Instant, String)] = []
        while moment < until, found.count < 200 {
            if moment > from {
                found.append((moment, step < .days(1) ? clock.time(moment) : clock.day(moment)))
            }
            // By seconds: over a clock change the ticks keep their distance.
            moment = moment < from ? moment + step * max(1, (from - moment).seconds / step.seconds) : moment + step
        }
        return found
    }

    private var months: [(Instant, String)] {
        var found: [(Instant, String)] = []
        var day = clock.zone.startOfDay(holding: from)
        var month = LocalTime(day, in: clock.zone).date.month
        while day < until, found.count < 24 {
            // 30 hours on lies in the next day, whatever the clock does.
            let next = clock.zone.startOfDay(holding: day + .hours(30))
            guard next > day else { break }
            day = next
            let date = LocalTime(day, in: clock.zone).date
            guard date.month != month else { continue }
            month = date.month
            let name = FlowClock.month(date)
            if day < until { found.append((day, month == 1 ? "\(name) \(date.year)" : name)) }
        }
        return found
    }

    // MARK: Rows

    private var windows: String {
        let rules = preview.rules
        guard let other = rules.publicationWindow, other != rules.window else {
            return windowBars(rules.window, y: 28, height: 14)
        }
        return windowBars(rules.window, y: 28, height: 6) + windowBars(other, y: 36, height: 6)
    }

    private func windowBars(_ window: Window, y: Int, height: Int) -> String {
        var bars: [Range<Instant>] = []
        var position = from
        let apart = Span(seconds: Int64(Double((until - from).seconds) * Self.fine / (Self.right - Self.left)))
        while let open = window.firstOpen(atOrAfter: position), open < until {
            let closes = min(window.closes(after: open), until)
            if let last = bars.last, open - last.upperBound < apart {
                bars[bars.count - 1] = last.lowerBound..<closes
            } else {
                bars.append(open..<closes)
            }
            guard closes < until, closes > position else { break }
            position = closes
        }
        return bars.map { bar("open", $0.lowerBound, $0.upperBound, y: y, height: height, corner: 1) }.joined()
    }

    private var lifeBars: String {
        preview.lives.sorted { $0.key < $1.key }.filter { $0.value.notAfter > from && $0.value.notBefore < until }
            .map { number, life in
                let row = number % 2 == 1 ? 54 : 76
                let title = "Version \(number): \(clock.long(life.notBefore)) to \(clock.long(life.notAfter))"
                return bar("live", life.notBefore, life.notAfter, y: row, height: 16, corner: 3, title: title)
                    + label("ver", "v\(number)", at: max(life.notBefore, from), to: life.notAfter, y: row + 12)
            }.joined()
    }

    /// Of the target that is expired longest: a roll-up shows its worst.
    private var servedBars: String {
        guard let target = worstTarget else { return "" }
        var held = target.heldNumber
        var since = target.held?.life.notBefore
        var bars = ""
        func end(at moment: Instant) {
            guard let start = since else { return }
            let life = held.flatMap { preview.lives[$0] } ?? target.held?.life
            let stop = min(moment, life?.chainNotAfter ?? moment)
            guard stop > from, start < until, stop > start else { return }
            let name = held.map { "Version \($0)" } ?? "Another certificate"
            let title = "\(name) served by \(target.name): \(clock.long(start)) to \(clock.long(stop))"
            bars += bar("serve", start, stop, y: 110, height: 20, corner: 2, title: title)
            bars += label("onfill", held.map { "v\($0)" } ?? "?", at: max(start, from), to: stop, y: 124)
        }
        for next in preview.runs where next.stage == .publication && next.target == target.name {
            end(at: next.run.at)
            held = next.version
            since = next.run.at
        }
        end(at: until)
        return bars
    }

    private var worstTarget: ForecastInput.Target? {
        var worst: (target: ForecastInput.Target, expired: Span)?
        for target in preview.input.targets {
            let expired = FlowGap.sum(preview.gaps.filter { $0.targets.contains(target.name) })
            if worst.map({ $0.expired < expired }) ?? true { worst = (target, expired) }
        }
        return worst?.target
    }

    private var gapBars: String {
        FlowGap.merged(preview.gaps).map { gap in
            let (start, end) = (gap.lowerBound, gap.upperBound)
            let length = FlowClock.words(end - start)
            let title = "Gap: \(clock.long(start)) to \(clock.long(end)), \(length)"
            let middle = min((x(start) + x(end)) / 2, Self.right - Self.gapWordRoom)
            // A word for each gap only where they do not run into each other.
            let text =
                preview.outages <= 16
                ? "<text class=\"gaptext\" x=\"\(Self.number(middle))\" y=\"146\" text-anchor=\"middle\">"
                    + "\(MarkupText(length))</text>" : ""
            return bar("gap", start, end, y: 106, height: 28, least: 3, title: title)
                + bar("gaphatch", start, end, y: 106, height: 28, least: 3) + text
        }.joined()
    }

    private var runMarks: String {
        preview.runs.map { next in
            let place = x(next.run.at)
            let title = MarkupText("\(preview.words(next).what): \(clock.long(next.run.at))")
            switch next.stage {
            case .renewal:
                return "<rect class=\"renew\" x=\"\(Self.number(place - 5))\" y=\"149\" width=\"10\" height=\"10\">"
                    + "<title>\(title)</title></rect>"
            case .publication:
                return "<circle class=\"publish\" cx=\"\(Self.number(place))\" cy=\"180\" r=\"5\"><title>\(title)"
                    + "</title></circle>"
            }
        }.joined()
    }
}

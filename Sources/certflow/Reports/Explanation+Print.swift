import Automation
import Foundation
import Server

extension Explanation.Form {
    func print(now: Instant) {
        let zone = rules.zone
        let moments = Moments(now: now)
        Console.line("\(Console.paint(Console.oneLine(certificate), .strong)): \(present(moments))")
        var flow = Sheet()
        rules.add(to: &flow)
        if let fallback { flow.add("issued by", "\(firstIssuer), else \(fallback)") }
        if let turn { flow.more(turn, .warning) }
        flow.add("advised", advice?.words(zone))
        flow.print()
        for step in next {
            Console.line()
            let when = step.run.moment.map { moments.words($0, in: step.run.zone) } ?? step.run.at
            let title = Console.oneLine("\(step.run.words), \(when)")
            Console.line(Console.paint(title.prefix(1).uppercased() + title.dropFirst(), .strong))
            Self.write(step.sentences)
        }
        for rest in resting {
            Console.line()
            let title = Console.oneLine(rest.target.map { "No publication to \($0)" } ?? "No renewal")
            Console.line(Console.paint(title, .strong))
            Self.write([rest.sentence])
        }
        guard !warnings.isEmpty else { return }
        Console.line()
        var sheet = Sheet()
        for warning in warnings { sheet.add("!", warning.text, .warning) }
        sheet.print()
    }

    private func present(_ moments: Moments) -> String {
        guard version > 0, let end = chainNotAfter.flatMap({ Instant(rfc3339: $0) }) else { return "no version yet" }
        let verb = end > moments.now ? "is valid until" : "expired"
        return "version \(version) \(verb) \(moments.words(end, in: rules.zone))"
    }

    private static func write(_ sentences: [String]) {
        for sentence in sentences {
            for line in Fold.lines(Console.oneLine(sentence), width: Console.width - 2) { Console.line("  \(line)") }
        }
    }
}

extension ShowForm.Flow {
    var zone: Zone { ZoneTable.shared[timeZone] ?? .utc }
    var publicationZone: Zone { ZoneTable.shared[publicationTimeZone] ?? .utc }

    /// The rules in words.
    func add(to sheet: inout Sheet) {
        sheet.add("renewed", renewal)
        sheet.add("published", publicationWords)
        sheet.add("window", windows)
        if publicationEnabled { sheet.add("if none is left", LastResort(rawValue: lastResort).map(Wording.lastResort)) }
    }
}

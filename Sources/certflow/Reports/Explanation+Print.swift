import Automation
import Foundation
import Runner
import Server
import Storage

extension Explanation {
    func print() {
        Console.line("\(Console.paint(Console.oneLine(outlook.certificate.name), .strong)): \(present)")
        var flow = Sheet()
        flow.add("renewed", Wording.renewal(rules))
        flow.add("published", outlook.publicationWords)
        flow.add("window", Wording.window(rules))
        if rules.publicationEnabled { flow.add("if none is left", Wording.lastResort(rules.lastResort)) }
        if let fallback = outlook.certificate.fallback {
            flow.add("issued by", "\(outlook.certificate.issuer), else \(fallback.words)")
        }
        if let words = choice.words(at: now) { flow.more(words, .warning) }
        flow.add("advised", CAAdvice(outlook.state)?.words(zone))
        flow.print()
        let moments = Moments(now: now)
        for run in next {
            Console.line()
            let title = "\(run.words), \(moments.words(run.run.at, in: outlook.zone(of: run.stage)))"
            Console.line(Console.paint(title.prefix(1).uppercased() + title.dropFirst(), .strong))
            Self.write(sentences(run))
        }
        for rest in resting {
            Console.line()
            Console.line(Console.paint(rest.target.map { "No publication to \($0)" } ?? "No renewal", .strong))
            Self.write([rest.sentence])
        }
        let warnings = warnings
        guard !warnings.isEmpty else { return }
        Console.line()
        var sheet = Sheet()
        for warning in warnings { sheet.add("!", warning.text, .warning) }
        sheet.print()
    }

    private var present: String {
        guard let life = outlook.state.life, outlook.state.current > 0 else { return "no version yet" }
        let end = Moments(now: now).words(life.chainNotAfter, in: zone)
        return "version \(outlook.state.current) \(life.chainNotAfter > now ? "is valid until" : "expired") \(end)"
    }

    private static func write(_ sentences: [String]) {
        for sentence in sentences {
            for line in Fold.lines(Console.oneLine(sentence), width: Console.width - 2) { Console.line("  \(line)") }
        }
    }
}

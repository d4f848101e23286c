import PluginKit
import Storage

/// One thing that the doctor looked at. The form of an element of `doctor --output json`.
struct Finding: Encodable, Equatable {
    enum Verdict: String, Encodable { case ok, warning, problem }

    /// What was looked at, one word: "clock".
    var check: String
    var result: Verdict
    var message: String
    var remedy: String?

    static func ok(_ check: String, _ message: String) -> Self {
        Self(check: check, result: .ok, message: message, remedy: nil)
    }

    static func warning(_ check: String, _ message: String, remedy: String) -> Self {
        Self(check: check, result: .warning, message: message, remedy: remedy)
    }

    static func problem(_ check: String, _ message: String, remedy: String) -> Self {
        Self(check: check, result: .problem, message: message, remedy: remedy)
    }

    /// What kept a check from being made.
    static func problem(_ check: String, _ error: any Error) -> Self {
        let complaint = Complaint(error)
        return Self(check: check, result: .problem, message: complaint.message, remedy: complaint.remedy)
    }
}

extension [Finding] {
    var hasProblem: Bool { contains { $0.result == .problem } }

    func print() {
        var counts: [Finding.Verdict: Int] = [:]
        for finding in self {
            counts[finding.result, default: 0] += 1
            let mark =
                switch finding.result {
                case .ok: Console.paint("ok      ", .good)
                case .warning: Console.paint("warning ", .warning)
                case .problem: Console.paint("problem ", .bad)
                }
            let label = finding.check + String(repeating: " ", count: Swift.max(0, 11 - finding.check.count))
            let lines = Fold.lines(Console.harmless(finding.message), width: Console.width - 22)
            Console.line("\(mark) \(Console.paint(label, .faint)) \(lines.first ?? "")")
            let indent = String(repeating: " ", count: 21)
            for line in lines.dropFirst() { Console.line(indent + line) }
            if let remedy = finding.remedy {
                let folded = Fold.lines(Console.harmless(remedy), width: Console.width - 24)
                for (index, line) in folded.enumerated() {
                    Console.line("\(indent)\(index == 0 ? "-> " : "   ")\(line)")
                }
            }
        }
        let problems = counts[.problem] ?? 0
        let warnings = counts[.warning] ?? 0
        Console.line()
        if problems + warnings == 0 { return Console.line(Console.paint("All is well.", .good)) }
        Console.line(
            "\(problems) \(problems == 1 ? "problem" : "problems"), \(warnings) \(warnings == 1 ? "warning" : "warnings")."
        )
    }
}

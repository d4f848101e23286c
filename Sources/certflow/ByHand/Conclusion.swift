import Server
import Storage

/// What came of what was asked for, said to whoever asked.
enum Conclusion {
    /// Of one of the things that were asked for.
    struct Answer {
        /// "certificate -> profile/target"
        var place: String
        var request: RequestForm

        init(_ certificate: String, _ target: String?, _ request: RequestForm) {
            place = [certificate, target ?? ""].filter { !$0.isEmpty }.joined(separator: " -> ")
            self.request = request
        }
    }

    /// - Parameters:
    ///   - unserved: what is said of what was not done.
    ///   - refused: of how many it was said already that they were not even taken.
    /// - Throws: `CommandEnding` where not all went well.
    static func tell(_ answers: [Answer], unserved: String, refused: Int = 0) throws {
        var good = 0
        for answer in answers {
            let (place, attempt) = (answer.place, answer.request.attempt)
            switch answer.request.state {
            case .ended where attempt?.outcome == AttemptRecord.Outcome.succeeded.rawValue: good += 1
            case .ended:
                let message = attempt?.message ?? "it failed."
                // What a proof saw is in its message already.
                let output = attempt?.output.flatMap { message.contains($0) ? nil : "Output:\n\($0)" }
                complain(place, message, [attempt?.remedy, output])
            case .open: complain(place, unserved + ".", [])
            case .replaced:
                complain(
                    place, "not done: \(answer.request.by ?? "somebody") asked for something else there meanwhile.",
                    ["See `certflow history`."])
            case .gone: complain(place, "not done: it was removed meanwhile.", [])
            }
        }
        guard good < answers.count + refused else { return }
        throw good == 0 ? CommandEnding.failedAsSaid : CommandEnding.someTargetsFailed
    }

    static func complain(_ place: String, _ message: String, _ more: [String?]) {
        let remedy = more.compactMap { $0 }.joined(separator: "\n")
        let complaint = Complaint(
            Console.harmless("\(place): \(message)"), remedy: remedy.isEmpty ? nil : Console.harmless(remedy))
        Console.error(complaint.text)
    }
}

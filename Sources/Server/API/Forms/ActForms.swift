import Automation
import Foundation
import Runner
import Storage

/// Work that was asked for, with what follows it to its end.
package struct AskedForm: Codable, Sendable {
    package var certificate: String
    /// "renewal", "publication"
    package var stage: String
    /// "profile/target"; absent for a renewal.
    package var target: String?
    /// It waits for that time.
    package var at: String?
    /// What `/certificates/{name}/requests/{request}` takes.
    package var request: String

    init(_ asked: Desk.Asked) {
        certificate = asked.certificate
        stage = asked.work.kind == .renewal ? "renewal" : "publication"
        target = asked.target
        at = asked.at?.rfc3339
        request = RequestKey(asked).text
    }
}

/// What an act asked for.
package struct ActForm: Codable, Sendable {
    package var asked: [AskedForm]

    init(_ asked: [Desk.Asked]) { self.asked = asked.map(AskedForm.init) }
}

/// What an act on many certificates asked for, of each of them.
package struct BulkForm: Codable, Sendable {
    package struct Item: Codable, Sendable {
        package var certificate: String
        package var asked: [AskedForm]
        package var code: String?
        package var message: String?
        package var remedy: String?
    }

    package var items: [Item]
}

/// What became of something that was asked for.
package struct RequestForm: Codable, Sendable {
    package enum State: String, Codable, Sendable, CaseIterable { case open, ended, replaced, gone }

    package var request: String
    package var state: State
    /// Who asked for something else since.
    package var by: String?
    package var attempt: HistoryReport.Attempt?

    package init(_ request: String, _ outcome: Desk.Outcome) {
        self.request = request
        switch outcome {
        case .open: state = .open
        case .ended(let record): (state, attempt) = (.ended, HistoryReport.Attempt(record))
        case .replaced(let name): (state, by) = (.replaced, name)
        case .gone: state = .gone
        }
    }
}

package struct PausedForm: Codable, Sendable {
    private static let mostNamed = 1000

    /// How many certificates it was done to.
    package var count: Int
    /// Their names; of `all` at most 1000.
    package var names: [String]
    /// "certificate -> profile/target"
    package var released: [String]

    init(count: Int, names: [String], released: [String]) {
        self.count = count
        self.names = names
        self.released = released
    }

    init(ofAll paused: Desk.Paused) {
        self.init(
            count: paused.names.count, names: Array(paused.names.prefix(Self.mostNamed)), released: paused.released)
    }
}

package struct AnsweredForm: Codable, Sendable {
    package var targets: [String]
    /// A new version is issued first, and it is that one which the answer lets go.
    package var issuesFirst: Bool
}

package struct RemovalForm: Codable, Sendable {
    package var versions: Int
    /// Targets that hold something of it still.
    package var left: [String]
    package var dryRun: Bool
}

/// Names a request in an address: "renewal.12.3", "publication.40.2.rollback.7".
struct RequestKey: Sendable, Equatable {
    var work: WorkKey
    var number: Int
    var deed: PlacementWish.Deed?

    init(_ asked: Desk.Asked) {
        work = asked.work
        number = asked.number
        deed = asked.deed
    }

    init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, parts.count <= 5, let id = Int64(parts[1]), let number = Int(parts[2]), number > 0
        else {
            return nil
        }
        self.number = number
        switch (parts[0], parts.dropFirst(3).first, parts.count) {
        case ("renewal", nil, 3): (work, deed) = (WorkKey(.renewal, id), nil)
        case ("publication", "publish", 4): (work, deed) = (WorkKey(.publication, id), .publish)
        case ("publication", "prove", 4): (work, deed) = (WorkKey(.publication, id), .prove)
        case ("publication", "clean", 4): (work, deed) = (WorkKey(.publication, id), .clean)
        case ("publication", "rollback", 4): (work, deed) = (WorkKey(.publication, id), .rollback(to: nil))
        case ("publication", "rollback", 5):
            guard let version = Int(parts[4]) else { return nil }
            (work, deed) = (WorkKey(.publication, id), .rollback(to: version))
        default: return nil
        }
    }

    var text: String {
        guard work.kind == .publication else { return "renewal.\(work.id).\(number)" }
        let words =
            switch deed {
            case .rollback(let version): "rollback" + (version.map { ".\($0)" } ?? "")
            case .prove: "prove"
            case .clean: "clean"
            default: "publish"
            }
        return "publication.\(work.id).\(number).\(words)"
    }
}

import Automation
import PluginKit

extension Rollout {
    static let keys = ["first", "then", "onFailure"]

    private enum OnFailure: String, CaseIterable { case stop, `continue` }

    /// Reads `{first: 1, then: 50%, onFailure: stop | continue}`; what is not given is 1, 100% and stop.
    init(_ group: GroupReader) {
        self.init(
            first: group.integer("first", in: 1...10_000) ?? 1, then: Self.share(group) ?? .percent(100),
            stopOnFailure: group.choice("onFailure", OnFailure.self) != .continue)
    }

    private static func share(_ group: GroupReader) -> Share? {
        guard let text = group.text("then") else { return nil }
        if text.hasSuffix("%"), let percent = Int(text.dropLast()), (1...100).contains(percent) {
            return .percent(percent)
        }
        if let count = Int(text), (1...10_000).contains(count) { return .count(count) }
        group.findings.report(
            group.position(of: "then"), "`\(text.shown)` is neither a number of targets nor a share of them.",
            "Write for example `then: 5` or `then: 50%`.")
        return nil
    }
}

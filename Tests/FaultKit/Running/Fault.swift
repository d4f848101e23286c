/// One harm to do to a run.
public struct Fault: Sendable, Hashable, CustomStringConvertible {
    /// What happens to the call.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// SIGKILL instead of the call.
        case killBefore = "kill-before"
        /// The call takes effect, then SIGKILL.
        case killAfter = "kill-after"
        /// The call fails with EIO, without effect.
        case inputOutput = "EIO"
        /// The call fails with ENOSPC, without effect. Meets only calls that take space, and syncs.
        case noSpace = "ENOSPC"
        /// A write or send takes half of its bytes.
        case short

        /// The kinds that end the process.
        public static let kills: [Self] = [.killBefore, .killAfter]
        /// The kinds that the process sees as a failed or partial call.
        public static let errors: [Self] = [.inputOutput, .noSpace, .short]
    }

    public var kind: Kind
    /// Which call, from 1: of all counted calls, or of those that `label` matches and the fault can meet.
    public var at: Int
    /// A label as in ``TracedCall/label``, or a pattern for labels with `*`.
    public var label: String?
    /// Every later call that the fault can meet is harmed too: the disk stays full.
    public var persists: Bool

    public init(_ kind: Kind, at: Int, label: String? = nil, persists: Bool = false) {
        self.kind = kind
        self.at = at
        self.label = label
        self.persists = persists
    }

    public var description: String {
        "\(kind.rawValue) at call \(at)" + (label.map { " of '\($0)'" } ?? "") + (persists ? " and from then on" : "")
    }
}

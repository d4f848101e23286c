import Automation
import Storage

/// Where one certificate stands on one target: what it holds, whether it serves that, and what comes next.
public struct TargetStanding: Sendable {
    public var placement: PlacementRecord
    /// Flow and profile still name it.
    public var isManaged: Bool
    /// It holds the current version, or a newer one.
    public var holdsCurrent: Bool
    /// Its profile says how to find out what it serves.
    public var isChecked: Bool
    /// The last look at what it holds now; nil where nobody looked since that was put there.
    public var proof: ProofRecord?
    /// When the version that it should hold is published, again where that failed; nil where it holds it, or nothing is
    /// wanted.
    public var run: PlannedRun?
    /// A person holds it at what it has.
    public var hold: PlacementWish.Hold?

    /// The code of the trouble that it holds a revoked version by hand: no record, but judged whenever somebody looks.
    public static let holdsRevoked = "target.holds-revoked"

    /// "serving", "different", "unreachable", "not-checked"
    public var serving: String { outcome?.rawValue ?? "not-checked" }

    var outcome: ProofRecord.Outcome? { isChecked ? proof?.outcome : nil }

    /// Nothing but its window keeps it from starting.
    public func waitsForWindow(at now: Instant) -> Bool {
        run.map { $0.at > now && [.later, .waits, .asks].contains($0.move) } ?? false
    }
}

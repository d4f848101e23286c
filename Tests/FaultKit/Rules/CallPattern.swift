/// Which calls are meant.
public struct CallPattern: Sendable {
    private let isMet: @Sendable (TracedCall) -> Bool

    public init(_ isMet: @escaping @Sendable (TracedCall) -> Bool) { self.isMet = isMet }

    /// These calls on paths with these roles.
    public static func calls(_ names: Set<CallName>, roles: Set<String>) -> Self {
        Self { names.contains($0.name) && roles.contains($0.role) }
    }

    /// The calls with this very label, such as `fsync wal`.
    public static func label(_ label: String) -> Self { Self { $0.label == label } }

    func callAsFunction(_ call: TracedCall) -> Bool { call.succeeded && isMet(call) }
}

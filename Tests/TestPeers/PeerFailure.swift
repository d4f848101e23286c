/// Why a test has no peer to talk to; fails the test that asked for it.
public struct PeerFailure: Error, CustomStringConvertible {
    public let description: String
    /// The peer ended before it was ready, as it does where something else took its port meanwhile.
    let endedEarly: Bool

    public init(_ description: String, endedEarly: Bool = false) {
        self.description = description
        self.endedEarly = endedEarly
    }
}

/// What went wrong with a connection, before anybody knows what it was for.
struct SSHProblem: Error, Sendable {
    enum Kind: Sendable {
        /// The name has no address, or nobody could be asked.
        case noAddress
        /// Nobody answered there.
        case unreachable
        /// The other side did not answer within the time given.
        case timedOut
        /// The connection broke, or the other side ended it.
        case lost
        /// The two sides share no way to talk.
        case noCommonMethod
        /// The other side refuses what was asked: a channel, a subsystem, a program.
        case refused
        /// The other side does not keep the protocol.
        case violation
        /// libssh2 itself failed.
        case library
    }

    var kind: Kind
    /// In words, without a full stop.
    var cause: String

    init(_ kind: Kind, _ cause: String) {
        self.kind = kind
        self.cause = cause
    }
}

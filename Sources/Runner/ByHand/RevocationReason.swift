/// Why a certificate is revoked: those of the reasons of RFC 5280, 5.3.1, that a subscriber may give.
public enum RevocationReason: String, Sendable, CaseIterable {
    case unspecified
    /// Its private key is known to others.
    case keyCompromise
    case affiliationChanged
    /// Another certificate has taken its place.
    case superseded
    case cessationOfOperation

    /// For those who choose.
    public var words: String {
        switch self {
        case .unspecified: "No reason is given"
        case .keyCompromise: "Its private key is known to others"
        case .affiliationChanged: "The names or the organisation in it are not right any more"
        case .superseded: "Another certificate has taken its place"
        case .cessationOfOperation: "What it is for is given up"
        }
    }

    /// As the revocation list says it.
    public var code: Int {
        switch self {
        case .unspecified: 0
        case .keyCompromise: 1
        case .affiliationChanged: 3
        case .superseded: 4
        case .cessationOfOperation: 5
        }
    }
}

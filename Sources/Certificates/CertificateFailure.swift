/// What every operation of this module throws.
///
/// No key, passphrase or other secret stands in any field: these texts are stored and shown. The wording of each
/// failure stands in one factory, in the `CertificateFailure+…` files.
public struct CertificateFailure: Error, Sendable, Hashable {
    /// Stable: tests, clients and runbooks match on it.
    public struct Code: Hashable, Sendable {
        public let rawValue: String

        init(_ rawValue: String) { self.rawValue = rawValue }
    }

    public var code: Code
    /// What failed, naming the certificate, file or name.
    public var message: String
    /// What the operator does next.
    public var remedy: String

    init(_ code: Code, _ message: String, remedy: String) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }
}

extension CertificateFailure: CustomStringConvertible {
    public var description: String { "\(message) \(remedy)" }
}

extension CertificateFailure.Code: CustomStringConvertible {
    public var description: String { rawValue }
}

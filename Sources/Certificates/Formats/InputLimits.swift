/// What is refused before any parser sees it, so that junk costs next to nothing.
///
/// A chain of a public authority is 3 to 8 KiB with 2 to 4 certificates; 1,000 subjects make one certificate of 30 KiB.
enum InputLimits {
    /// Bytes of one input: a file, a response, a PKCS#12.
    static let input = 262_144
    /// Bytes of one certificate or signing request.
    static let certificate = 65_536
    /// Certificates of one input.
    static let certificates = 20
    /// PEM blocks of one input.
    static let blocks = 64
    /// ASN.1 elements of one certificate, not counting what its extensions hold.
    static let elements = 512
    /// Subject alternative names of one certificate or signing request.
    static let names = 2_048
    /// Levels of nesting of one certificate.
    static let depth = 24
    /// Bytes of one private key: RSA with 16,384 bits needs 9,300.
    static let key = 16_384
}

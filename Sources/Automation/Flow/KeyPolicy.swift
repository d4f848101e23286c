/// The kinds of key that certflow makes.
public enum KeyType: String, Codable, Sendable, CaseIterable {
    case ecdsaP256 = "ecdsa-p256"
    case ecdsaP384 = "ecdsa-p384"
    case rsa2048 = "rsa-2048"
    case rsa3072 = "rsa-3072"
    case rsa4096 = "rsa-4096"
}

/// How a certificate's keys are made.
public struct KeyPolicy: Codable, Sendable, Hashable {
    public var type: KeyType
    /// Whether a renewal keeps the key. Never after a revocation.
    public var reuse: Bool

    public init(type: KeyType = .ecdsaP256, reuse: Bool = false) {
        self.type = type
        self.reuse = reuse
    }
}

import Automation

extension CertificateFailure.Code {
    public static let inputTooLarge = Self("input.too-large")
    public static let inputTooMany = Self("input.too-many-parts")
    public static let inputDamaged = Self("input.damaged-pem")
    public static let noCertificate = Self("input.no-certificate")
    public static let certificateUnreadable = Self("certificate.unreadable")
    public static let requestUnreadable = Self("request.unreadable")
    public static let requestSignature = Self("request.wrong-signature")
    public static let requestNoSubjects = Self("request.no-subjects")
    public static let keyNotMade = Self("key.not-made")
    public static let keyUnreadable = Self("key.unreadable")
    public static let keyUnknownKind = Self("key.unknown-kind")
    public static let keyWeak = Self("key.weak")
    public static let keyEncrypted = Self("key.encrypted")
    public static let keyOpenSSH = Self("key.openssh-format")
    public static let keyMissing = Self("key.missing")
    public static let keySeveral = Self("key.several")
}

extension CertificateFailure {
    static func tooLarge(bytes: Int) -> Self {
        Self(
            .inputTooLarge, "The input has \(bytes) bytes; at most \(InputLimits.input) are read.",
            remedy: "Give only the certificate, its chain and its key.")
    }

    static func tooManyBlocks() -> Self {
        Self(
            .inputTooMany, "The input has more than \(InputLimits.blocks) PEM blocks.",
            remedy: "Give only the certificate, its chain and its key.")
    }

    static func tooManyCertificates() -> Self {
        Self(
            .inputTooMany, "The input has more than \(InputLimits.certificates) certificates.",
            remedy: "Give only the certificate, its chain and its key, not a whole trust store.")
    }

    static func damagedPEM(_ finding: String) -> Self {
        Self(
            .inputDamaged, "The PEM text holds \(finding).",
            remedy: "Copy the file anew from where it was made; it was cut off or changed on the way.")
    }

    static func noCertificate() -> Self {
        Self(
            .noCertificate, "The input holds no certificate.",
            remedy: "Give a file with \"-----BEGIN CERTIFICATE-----\", or DER.")
    }

    /// - Parameter reason: ends the sentence "… because …".
    static func unreadableCertificate(because reason: String) -> Self {
        Self(
            .certificateUnreadable, "A certificate can't be read because \(reason).",
            remedy: "Look at it with `openssl x509 -text -in FILE`; have it issued anew if it is damaged.")
    }

    static func unreadableRequest(because reason: String) -> Self {
        Self(
            .requestUnreadable, "The signing request can't be read because \(reason).",
            remedy: "Look at it with `openssl req -text -in FILE`, and make it anew.")
    }

    static func requestSignatureWrong() -> Self {
        Self(
            .requestSignature, "The signing request was not signed by the key that it names.",
            remedy: "Make the request anew with its own key.")
    }

    static func requestWithoutSubjects() -> Self {
        Self(
            .requestNoSubjects, "A signing request needs at least one DNS name or IP address.",
            remedy: "Give the certificate a subject.")
    }

    static func keyNotMade(_ type: KeyType) -> Self {
        Self(
            .keyNotMade, "A key of type \(type.rawValue) could not be made.",
            remedy: "Check that the machine has memory and a working source of randomness.")
    }

    static func unreadableKey() -> Self {
        Self(
            .keyUnreadable, "The private key can't be read: it is neither PKCS#8, SEC1 nor PKCS#1, or it is damaged.",
            remedy: "Convert it with `openssl pkey -in FILE -out key.pem`.")
    }

    /// - Parameter kind: ends the sentence "… is of …".
    static func unknownKeyKind(_ kind: String) -> Self {
        Self(
            .keyUnknownKind, "The private key is of a kind that is not supported: it uses \(kind).",
            remedy: "Use ECDSA (P-256, P-384, P-521), RSA with 2048 bits or more, or Ed25519.")
    }

    static func weakKey() -> Self {
        Self(
            .keyWeak, "The RSA key has fewer than 2048 bits: clients refuse such keys.",
            remedy: "Have the certificate issued anew with a new key.")
    }

    static func encryptedKey() -> Self {
        Self(
            .keyEncrypted, "The private key is encrypted.",
            remedy: "Decrypt it into a file that only you can read: `(umask 077; openssl pkey -in FILE -out key.pem)`.")
    }

    static func openSSHKey() -> Self {
        Self(
            .keyOpenSSH, "The private key is in OpenSSH's own format.",
            remedy: "Convert a copy of it with `ssh-keygen -p -m PKCS8 -f COPY`.")
    }

    static func noKey() -> Self {
        Self(
            .keyMissing, "The input holds no private key.",
            remedy: "Give a file with \"-----BEGIN PRIVATE KEY-----\", or DER.")
    }

    static func severalKeys(_ count: Int) -> Self {
        Self(
            .keySeveral, "The input holds \(count) private keys where one was expected.",
            remedy: "Give the one key that belongs to the certificate.")
    }
}

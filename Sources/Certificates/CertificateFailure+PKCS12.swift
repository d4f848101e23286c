extension CertificateFailure.Code {
    public static let pkcs12NotWritten = Self("pkcs12.not-written")
    public static let pkcs12Unreadable = Self("pkcs12.unreadable")
    public static let pkcs12Legacy = Self("pkcs12.legacy-encryption")
    public static let pkcs12UnknownEncryption = Self("pkcs12.unknown-encryption")
    public static let pkcs12TooCostly = Self("pkcs12.too-costly")
    public static let passphraseEmpty = Self("pkcs12.empty-passphrase")
    public static let passphraseUnusable = Self("pkcs12.unusable-passphrase")
    public static let passphraseMissing = Self("pkcs12.passphrase-missing")
    public static let passphraseWrong = Self("pkcs12.wrong-passphrase")
    public static let artifactOfNoVersion = Self("artifact.of-no-version")
    public static let homeKeyLength = Self("artifact.home-key-length")
}

extension CertificateFailure {
    static func artifactOfNoVersion() -> Self {
        Self(
            .artifactOfNoVersion, "`challenge` is no form of a certificate.",
            remedy: "It is for publishing profiles that answer challenges; name another content.")
    }

    static func pkcs12NotWritten() -> Self {
        Self(
            .pkcs12NotWritten, "The PKCS#12 file could not be written by OpenSSL.",
            remedy: "Check that OpenSSL's default provider is not switched off in its configuration.")
    }

    static func unreadablePKCS12() -> Self {
        Self(
            .pkcs12Unreadable, "The PKCS#12 file is damaged, or something else than PKCS#12.",
            remedy: "Look at it with `openssl pkcs12 -info -in FILE`, and export it anew.")
    }

    static func legacyPKCS12() -> Self {
        Self(
            .pkcs12Legacy, "The PKCS#12 file is encrypted with an outdated algorithm (RC2, RC4 or DES).",
            remedy:
                "Convert it to PEM with `openssl pkcs12 -legacy -in FILE -nodes -out FILE.pem`, and import that file.")
    }

    static func unknownPKCS12Encryption() -> Self {
        Self(
            .pkcs12UnknownEncryption, "The PKCS#12 file is encrypted in a way that is not supported.",
            remedy: "Convert it to PEM with `openssl pkcs12 -in FILE -nodes -out FILE.pem`, and import that file.")
    }

    static func costlyPKCS12() -> Self {
        Self(
            .pkcs12TooCostly,
            "The PKCS#12 file asks for more than \(DerivationCost.limit) rounds of key derivation: an attack, or a "
                + "mistake.",
            remedy: "If you trust it, convert it to PEM with `openssl pkcs12 -in FILE -nodes -out FILE.pem`.")
    }

    static func emptyPassphrase() -> Self {
        Self(
            .passphraseEmpty, "The passphrase for PKCS#12 is empty.",
            remedy: "Store one with `certflow secret set NAME`; Java asks for at least 6 characters.")
    }

    static func unusablePassphrase() -> Self {
        Self(
            .passphraseUnusable,
            "The passphrase is not UTF-8 text without zero bytes, or has more than 1,024 bytes.",
            remedy: "Choose another one and store it with `certflow secret set NAME`.")
    }

    static func missingPassphrase() -> Self {
        Self(
            .passphraseMissing, "The PKCS#12 file needs a passphrase.",
            remedy: "Give the passphrase that it was exported with.")
    }

    static func wrongPassphrase() -> Self {
        Self(
            .passphraseWrong, "The passphrase does not open the PKCS#12 file, or the file is damaged.",
            remedy: "Try it with `openssl pkcs12 -info -noout -in FILE`.")
    }

    static func homeKeyLength(_ count: Int) -> Self {
        Self(
            .homeKeyLength, "The key for artifact digests has \(count) bytes; it must have 32.",
            remedy: "Report this as a defect of certflow.")
    }

    static func keyGone(_ name: String) -> Self {
        Self(
            .keyMissing, "The private key of \(name) is not kept any more.",
            remedy: "Export a form without the key, or renew the certificate.")
    }
}

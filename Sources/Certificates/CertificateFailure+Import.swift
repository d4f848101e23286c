extension CertificateFailure.Code {
    public static let importNothing = Self("import.nothing-found")
    public static let importNoKey = Self("import.certificate-without-key")
    public static let importNoCertificate = Self("import.key-without-certificate")
    public static let importNoSubjects = Self("import.no-subjects")
    public static let importOtherNames = Self("import.other-names")
    public static let importSuperseded = Self("import.superseded")
    public static let importUnneeded = Self("import.unneeded-authority")
    public static let importUnknownDirectory = Self("import.unknown-directory")
    public static let importLinkOutside = Self("import.link-outside")
    public static let importUnreadableFile = Self("import.unreadable-file")
    public static let importMissingFile = Self("import.missing-file")
}

extension CertificateFailure {
    /// Told for completeness: nothing was lost, nothing is to be done.
    public var isHarmlessToImport: Bool { code == .importSuperseded || code == .importUnneeded }

    static func nothingToImport() -> Self {
        Self(
            .importNothing, "The file holds neither a certificate nor a private key that can be read.",
            remedy: "Give PEM, DER or PKCS#12.")
    }

    static func certificateWithoutKey(_ certificate: SignedCertificate) -> Self {
        Self(
            .importNoKey, "The certificate for \(certificate.label) came without its private key.",
            remedy: "Give the file with its key as well.")
    }

    static func keyWithoutCertificate() -> Self {
        Self(
            .importNoCertificate, "A private key came without a certificate for it.",
            remedy: "Give the file with its certificate as well; an older or newer one does not fit.")
    }

    static func importWithoutSubjects(_ certificate: SignedCertificate) -> Self {
        Self(
            .importNoSubjects,
            "The certificate of \(certificate.label) has no DNS name or address among its alternative names.",
            remedy: "Have it issued anew with them: clients have ignored the common name since 2017.")
    }

    static func importWithOtherNames(_ certificate: SignedCertificate) -> Self {
        Self(
            .importOtherNames,
            "The certificate for \(certificate.label) is also for names that certflow could not renew: "
                + certificate.otherNames.prefix(5).joined(separator: ", ") + ".",
            remedy: "Have it issued for DNS names and addresses alone, or keep managing it elsewhere.")
    }

    static func supersededImport(_ older: SignedCertificate, by newer: SignedCertificate) -> Self {
        Self(
            .importSuperseded,
            "The certificate for \(older.label) that ends at \(older.notAfter) has the same key as a newer one, which "
                + "ends at \(newer.notAfter).",
            remedy: "Nothing is to be done; the newer one was taken.")
    }

    static func unneededAuthority(_ certificate: SignedCertificate) -> Self {
        Self(
            .importUnneeded, "The authority \(certificate.label) is in no chain of what was imported.",
            remedy: "Nothing is to be done.")
    }

    static func unknownDirectory(_ path: String) -> Self {
        Self(
            .importUnknownDirectory, "The directory \(path) is not one of certbot, acme.sh or lego.",
            remedy:
                "Give certbot's configuration directory (/etc/letsencrypt), acme.sh's home (~/.acme.sh) or lego's path "
                + "(.lego); or give the files by name.")
    }

    static func linkOutside(_ path: String, leadsTo destination: String) -> Self {
        Self(
            .importLinkOutside, "\(path) leads to \(destination), outside of the directory that was given.",
            remedy: "Nothing was read there. Give that file by name if you want it.")
    }

    /// - Parameter reason: in words, ends the sentence "… because …".
    static func unreadableFile(_ path: String, because reason: String) -> Self {
        Self(
            .importUnreadableFile, "\(path) can't be read because \(reason).",
            remedy: "Check its kind and its permissions, or run the import as its owner.")
    }

    static func missingFile(_ path: String) -> Self {
        Self(
            .importMissingFile, "\(path) is missing.",
            remedy:
                "Was the certificate ever issued, or was it deleted? Give the files by name if they stand elsewhere.")
    }
}

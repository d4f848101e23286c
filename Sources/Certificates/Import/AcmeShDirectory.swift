import Automation

/// acme.sh's home: a directory `DOMAIN` (RSA) or `DOMAIN_ecc` for each certificate, with `DOMAIN.conf`, `DOMAIN.key`,
/// `DOMAIN.cer`, `ca.cer` and `fullchain.cer`.
struct AcmeShDirectory {
    private static let ellipticSuffix = "_ecc"

    private let tree: SourceTree
    private let directories: [String]

    /// Nil where neither its settings nor a certificate of acme.sh is there.
    init?(_ tree: SourceTree) throws(CertificateFailure) {
        self.tree = tree
        directories = try tree.entries().filter {
            tree.holdsDirectory($0) && tree.holds("\($0)/\(Self.domain($0)).conf")
        }
        guard !directories.isEmpty || tree.holds("account.conf") else { return nil }
    }

    func material(at now: Instant) -> ImportedMaterial {
        var material = ImportedMaterial()
        let names = Set(directories)
        for directory in directories {
            let domain = Self.domain(directory)
            let fullchain = "\(directory)/fullchain.cer"
            let parts = ["\(directory)/\(domain).cer", "\(directory)/ca.cer"]
            // Both kinds of key may be there for one domain; then the older kind keeps the plain name.
            let isSecond = directory != domain && names.contains(domain)
            let entry = DirectoryEntry(
                source: tree.full(directory), name: isSecond ? directory : configuredName(directory, domain),
                certificates: !tree.holds(fullchain) && tree.holds(parts[0]) ? parts : [fullchain],
                key: "\(directory)/\(domain).key")
            material.merge(entry.material(in: tree, at: now))
        }
        return material
    }

    private static func domain(_ directory: String) -> String {
        directory.hasSuffix(ellipticSuffix) ? String(directory.dropLast(ellipticSuffix.count)) : directory
    }

    /// `Le_Domain='example.com'` of the settings; the directory's name where it is not there.
    private func configuredName(_ directory: String, _ domain: String) -> String {
        let prefix = "Le_Domain="
        let line = tree.text("\(directory)/\(domain).conf").split(separator: "\n").first { $0.hasPrefix(prefix) }
        let value = line?.dropFirst(prefix.count).filter { $0 != "'" && $0 != "\"" && !$0.isWhitespace } ?? ""
        return value.isEmpty ? domain : value
    }
}

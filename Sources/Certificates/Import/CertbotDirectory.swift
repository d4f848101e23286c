import Automation

/// certbot's configuration directory: `live/NAME/{fullchain,privkey}.pem` are links into `archive/NAME`, and
/// `renewal/NAME.conf` says how it is renewed.
struct CertbotDirectory {
    private let tree: SourceTree

    /// Nil where the directory is not certbot's. `live` itself counts as the directory that it stands in.
    init?(_ given: SourceTree) throws(CertificateFailure) {
        let tree = given.name == "live" ? try given.parent() : given
        let hasNeighbour = tree.holdsDirectory("archive") || tree.holdsDirectory("renewal")
        guard hasNeighbour, tree.holdsDirectory("live") || tree.holdsDirectory("renewal") else { return nil }
        self.tree = tree
    }

    func material(at now: Instant) throws(CertificateFailure) -> ImportedMaterial {
        var material = ImportedMaterial()
        let live = try tree.entries(of: "live").filter { tree.holdsDirectory("live/\($0)") }
        for name in live {
            let entry = DirectoryEntry(
                source: tree.full("live/\(name)"), name: name, certificates: ["live/\(name)/fullchain.pem"],
                key: "live/\(name)/privkey.pem")
            material.merge(entry.material(in: tree, at: now))
        }
        let known = Set(live)
        for file in try tree.entries(of: "renewal") where file.hasSuffix(".conf") {
            let name = String(file.dropLast(".conf".count))
            guard !known.contains(name) else { continue }
            material.leftOut.append(
                .init(source: tree.full("renewal/\(file)"), reason: .missingFile(tree.full("live/\(name)"))))
        }
        return material
    }
}

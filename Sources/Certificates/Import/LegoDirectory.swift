import Automation
import Foundation

/// lego's path: `certificates/NAME.{crt,key,json}`; NAME is the domain, with `_` for `*`. `NAME.crt` holds the whole
/// chain, `NAME.issuer.crt` the authorities alone.
struct LegoDirectory {
    private struct Resource: Decodable { var domain: String }

    private let tree: SourceTree
    private let prefix: String
    private let names: [String]

    /// Nil where the directory is not lego's. `certificates` itself counts as well.
    init?(_ tree: SourceTree) throws(CertificateFailure) {
        self.tree = tree
        prefix = tree.holdsDirectory("certificates") ? "certificates/" : ""
        guard !prefix.isEmpty || tree.name == "certificates" else { return nil }
        names = try tree.entries(of: prefix.isEmpty ? "" : "certificates")
        guard names.contains(where: { $0.hasSuffix(".json") || $0.hasSuffix(".crt") }) else { return nil }
    }

    func material(at now: Instant) -> ImportedMaterial {
        var material = ImportedMaterial()
        let stems = Set(names.compactMap(Self.stem))
        for stem in stems.sorted() {
            let entry = DirectoryEntry(
                source: tree.full(prefix + stem), name: domain(stem), certificates: ["\(prefix)\(stem).crt"],
                key: "\(prefix)\(stem).key")
            material.merge(entry.material(in: tree, at: now))
        }
        return material
    }

    private static func stem(_ name: String) -> String? {
        guard !name.hasSuffix(".issuer.crt") else { return nil }
        for suffix in [".crt", ".key", ".json"] where name.hasSuffix(suffix) {
            return String(name.dropLast(suffix.count))
        }
        return nil
    }

    /// As the resource file says it; else the file's name with the wildcard back in its place.
    private func domain(_ stem: String) -> String {
        let text = Data(tree.text("\(prefix)\(stem).json").utf8)
        if let resource = try? JSONDecoder().decode(Resource.self, from: text), !resource.domain.isEmpty {
            return resource.domain
        }
        return stem.hasPrefix("_.") ? "*" + stem.dropFirst() : stem
    }
}

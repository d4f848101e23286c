import Automation
import Foundation
import PluginKit

/// What was found in files: certificates with their keys, ready to be taken over, and what was left out, with reasons.
public struct ImportedMaterial: Sendable {
    /// A certificate with its chain and its key. It passed the checks of `CertificateChain.verify`.
    public struct Pair: Sendable {
        /// A name for it in certflow; unique within the material.
        public var name: String
        /// Without the root.
        public var chain: CertificateChain
        public var key: PrivateKey
        /// The files that it came from.
        public var sources: [String]
    }

    /// Something that could not be taken.
    public struct LeftOut: Sendable, Hashable {
        /// The file or directory.
        public var source: String
        public var reason: CertificateFailure
    }

    public private(set) var pairs: [Pair] = []
    public internal(set) var leftOut: [LeftOut] = []
    private var names: Set<String> = []

    init() {}

    /// Pairs whatever the files hold: PEM with any mixture of keys and certificates, DER, PKCS#12.
    ///
    /// Blocking work: some milliseconds a file, up to two seconds for a PKCS#12.
    /// - Parameters:
    ///   - passphrase: for PKCS#12 files.
    ///   - suggestedName: what to call the pair; else its first subject.
    ///   - now: what has expired by then is left out.
    public init(files: [ImportFile], passphrase: Secret? = nil, suggestedName: String? = nil, at now: Instant) {
        var pile = ImportPile()
        for file in files {
            do {
                try pile.add(file, passphrase: passphrase)
            } catch {
                leftOut.append(LeftOut(source: file.source, reason: error))
            }
        }
        leftOut += pile.problems
        pair(pile, suggestedName, now)
    }

    /// Takes over what another reading found; names stay unique.
    mutating func merge(_ other: ImportedMaterial) {
        for pair in other.pairs { add(pair) }
        leftOut += other.leftOut
    }

    // MARK: Pairing

    private mutating func pair(_ pile: ImportPile, _ suggestedName: String?, _ now: Instant) {
        let pool = CertificatePool(pile.certificates)
        let byKey = Dictionary(grouping: pool.certificates, by: \.publicKey)
        var used: Set<SignedCertificate> = []
        for (key, source) in pile.keys {
            let matching = byKey[key.publicKey] ?? []
            guard let leaf = matching.max(by: { ($0.notAfter, $0.notBefore) < ($1.notAfter, $1.notBefore) }) else {
                leftOut.append(LeftOut(source: source, reason: .keyWithoutCertificate()))
                continue
            }
            for older in matching where older != leaf {
                leave(older, pile, because: .supersededImport(older, by: leaf))
            }
            let chain = CertificateChain(leaf: leaf, issuers: pool.path(above: leaf))
            used.formUnion(matching + chain.issuers)
            do {
                try Self.check(chain, key, now)
                var sources = [source]
                for found in chain.certificates.flatMap(pile.sources) where !sources.contains(found) {
                    sources.append(found)
                }
                let name = suggestedName ?? Self.name(for: chain, pile.friendlyNames[leaf])
                add(Pair(name: name, chain: chain.withoutRoot(), key: key, sources: sources))
            } catch {
                leave(leaf, pile, because: error)
            }
        }
        for leaf in pool.certificates where !leaf.isAuthority && !used.contains(leaf) {
            used.formUnion([leaf] + pool.path(above: leaf))
            leave(leaf, pile, because: .certificateWithoutKey(leaf))
        }
        for authority in pool.certificates where !used.contains(authority) {
            leave(authority, pile, because: .unneededAuthority(authority))
        }
    }

    private mutating func leave(
        _ certificate: SignedCertificate, _ pile: ImportPile, because reason: CertificateFailure
    ) {
        for source in pile.sources(of: certificate) { leftOut.append(LeftOut(source: source, reason: reason)) }
    }

    /// The checks of a certificate that was issued to us, but for names: it is for what it is for. One that begins
    /// later is taken.
    private static func check(
        _ chain: CertificateChain, _ key: PrivateKey, _ now: Instant
    ) throws(CertificateFailure) {
        guard !chain.leaf.subjects.isEmpty else { throw .importWithoutSubjects(chain.leaf) }
        guard chain.leaf.otherNames.isEmpty else { throw .importWithOtherNames(chain.leaf) }
        let instant = max(now, chain.leaf.notBefore)
        try chain.verify(key: key.publicKey, subjects: chain.leaf.subjects, at: instant)
    }

    // MARK: Names

    private static func name(for chain: CertificateChain, _ friendlyName: String?) -> String {
        if let friendlyName, OptionText.isName(friendlyName) { return friendlyName }
        return chain.leaf.subjects.first.map { safe($0.description) } ?? chain.leaf.fingerprint.short
    }

    /// Makes a name of anything: IPv6 addresses have colons, directories any character.
    static func safe(_ text: String) -> String {
        let name = String(text.prefix(180).map { OptionText.isName("a\($0)") ? $0 : "-" })
        return OptionText.isName(name) ? name : "imported-" + name.filter { $0 != "." }
    }

    /// Keeps names unique by a number behind them.
    private mutating func add(_ pair: Pair) {
        var pair = pair
        let name = pair.name
        var number = 2
        while !names.insert(pair.name).inserted {
            pair.name = "\(name)-\(number)"
            number += 1
        }
        pairs.append(pair)
    }
}

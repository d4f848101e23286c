import Automation
import Certificates
import Foundation
import PluginKit
import Runner

/// What an import took, and what it could not take. The form of `import --output json`.
package struct ImportReport: Codable, Sendable {
    package struct Item: Codable, Sendable {
        /// "created", "added", "known", "refused", "left-out"
        package var effect: String
        package var certificate: String?
        package var version: Int?
        package var subjects: [String]
        package var notAfter: String?
        package var sources: [String]
        package var code: String?
        package var message: String?
        package var remedy: String?
    }

    package private(set) var items: [Item] = []
    package private(set) var dryRun = false

    package init(leftOut: [ImportedMaterial.LeftOut], isRehearsal: Bool) {
        dryRun = isRehearsal
        // One thing can stand in several files, and is told once.
        var known: [CertificateFailure: Int] = [:]
        for left in leftOut {
            let reason = left.reason
            if let index = known[reason] {
                items[index].sources.append(left.source)
                continue
            }
            known[reason] = items.count
            items.append(
                Item(
                    effect: reason.isHarmlessToImport ? "unneeded" : "left-out", subjects: [], sources: [left.source],
                    code: reason.code.rawValue, message: reason.message, remedy: Self.remedy(reason)))
        }
    }

    private static func remedy(_ reason: CertificateFailure) -> String {
        switch reason.code {
        case .passphraseMissing: "Give the passphrase that it was exported with by --passphrase-file FILE."
        default: reason.remedy
        }
    }

    package mutating func add(_ pair: ImportedMaterial.Pair, _ effect: Desk.ImportEffect) {
        var item = Self.item(pair, "created")
        switch effect {
        case .created: item.version = 1
        case .added(let version): (item.effect, item.version) = ("added", version)
        case .known(let certificate, let version):
            (item.effect, item.certificate, item.version) = ("known", certificate, version)
        }
        items.append(item)
    }

    package mutating func add(_ pair: ImportedMaterial.Pair, _ refusal: DeskRefusal) {
        var item = Self.item(pair, "refused")
        (item.code, item.message, item.remedy) = (refusal.code, refusal.message, refusal.remedy)
        items.append(item)
    }

    private static func item(_ pair: ImportedMaterial.Pair, _ effect: String) -> Item {
        Item(
            effect: effect, certificate: pair.name, subjects: pair.chain.leaf.subjects.map(\.description),
            notAfter: pair.chain.leaf.notAfter.rfc3339, sources: pair.sources)
    }

    package var taken: [Item] { items.filter { ["created", "added", "known"].contains($0.effect) } }
    package var failed: [Item] { items.filter { ["refused", "left-out"].contains($0.effect) } }
}

import Automation
import PluginKit

/// Reads the name of a time zone.
struct ZoneReader {
    private let findings: Findings

    init(_ findings: Findings) { self.findings = findings }

    /// Nil, reported, where there is no such zone.
    func zone(_ name: String, at position: SourcePosition) -> Zone? {
        // Exactly as the zone data spells it: two spellings of one zone would be two zones.
        if Self.isPlain(name), let zone = ZoneTable.shared[name] { return zone }
        findings.report(position, "There is no time zone `\(name.shown)`.", Self.remedy(for: name))
        return nil
    }

    private static func isPlain(_ name: String) -> Bool {
        name.utf8.count <= 64
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "_"), UInt8(ascii: "-"),
                    UInt8(ascii: "+"):
                    true
                default: false
                }
            }
    }

    /// The nearest names: of the same city, or a slip away.
    static func remedy(for name: String) -> String {
        let known = ZoneTable.knownIdentifiers
        let wanted = name.lowercased().replacing(" ", with: "_")
        var near = known.filter { $0.lowercased() == wanted || city($0) == city(wanted) }
        if near.isEmpty, wanted.utf8.count <= 64 {
            near = [NearestKey.of(wanted, among: known)].compactMap { $0 }
            if near.isEmpty, let city = NearestKey.of(city(wanted), among: known.map(Self.city)) {
                near = known.filter { Self.city($0) == city }
            }
        }
        guard !near.isEmpty else {
            return "Write an IANA name such as `Europe/Berlin` or `UTC`; `timedatectl list-timezones` lists them."
        }
        return "Did you mean \(near.prefix(3).map { "`\($0)`" }.joined(separator: " or "))?"
    }

    /// "berlin" of "Europe/Berlin".
    private static func city(_ identifier: String) -> String {
        (identifier.split(separator: "/").last.map(String.init) ?? identifier).lowercased()
    }
}

import Automation
import PluginKit

/// Why a text names no time zone, and what to write instead.
public struct UnknownZone: Error, Sendable, Hashable {
    public var message: String
    public var remedy: String
}

extension ZoneTable {
    /// The zone that flows mean by that name: exactly as the zone data spells it, for two spellings of one zone would
    /// be two zones.
    public static func find(_ name: String) -> Result<Zone, UnknownZone> {
        if ZoneReader.isPlain(name), let zone = shared[name] { return .success(zone) }
        return .failure(
            UnknownZone(message: "There is no time zone `\(name.shown)`.", remedy: ZoneReader.remedy(for: name)))
    }
}

/// Reads the name of a time zone.
struct ZoneReader {
    private let findings: Findings

    init(_ findings: Findings) { self.findings = findings }

    /// Nil, reported, where there is no such zone.
    func zone(_ name: String, at position: SourcePosition) -> Zone? {
        switch ZoneTable.find(name) {
        case .success(let zone): return zone
        case .failure(let unknown):
            findings.report(position, unknown.message, unknown.remedy)
            return nil
        }
    }

    static func isPlain(_ name: String) -> Bool {
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
        let wanted = name.lowercased().replacing(" ", with: "_")
        let near = wanted.utf8.count > 64 ? [] : nearest(to: wanted)
        guard !near.isEmpty else {
            return "Write an IANA name such as `Europe/Berlin` or `UTC`; `timedatectl list-timezones` lists them."
        }
        return "Did you mean \(near.prefix(3).map { "`\($0)`" }.joined(separator: " or "))?"
    }

    private static func nearest(to wanted: String) -> [String] {
        let city = city(wanted)
        let same = known.filter { $0.lower == wanted || $0.city == city }
        guard same.isEmpty else { return same.map(\.name) }
        // Only cities of the same first letter are compared: slips are elsewhere, and there are hundreds of zones.
        let alike = known.filter { $0.city.first == city.first }
        let near = NearestKey.of(wanted, among: alike.map(\.lower)) ?? NearestKey.of(city, among: alike.map(\.city))
        return alike.filter { $0.lower == near || $0.city == near }.map(\.name)
    }

    private static let known = ZoneTable.knownIdentifiers.map { name in
        (name: name, lower: name.lowercased(), city: city(name.lowercased()))
    }

    /// "berlin" of "europe/berlin".
    private static func city(_ identifier: String) -> String {
        identifier.split(separator: "/").last.map(String.init) ?? identifier
    }
}

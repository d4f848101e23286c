import Foundation
import Synchronization

/// The zones in use, each built once.
public final class ZoneTable: Sendable {
    private let zones = Mutex<[String: Zone]>([:])

    public init() {}

    public static let shared = ZoneTable()

    /// Nil where there is no zone of that IANA name.
    public subscript(_ identifier: String) -> Zone? {
        zones.withLock { zones in
            if let zone = zones[identifier] { return zone }
            guard let zone = Zone(identifier: identifier) else { return nil }
            zones[identifier] = zone
            return zone
        }
    }

    /// All IANA names that can be used, sorted.
    public static var knownIdentifiers: [String] {
        (TimeZone.knownTimeZoneIdentifiers.filter { $0.contains("/") } + ["UTC"]).sorted()
    }
}

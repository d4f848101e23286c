import Foundation

/// The names that layouts give to what is theirs alone.
enum OwnNames {
    static let prefix = ".certflow"
    /// What a set that is still written, or is about to be removed, is called before and after it counts.
    static let unfinished = ".staging-"
    /// Says in each set's directory whose it is.
    static let record = ".certflow.json"

    /// The name of a delivery's directory: when its version begins, and the beginning of the delivery's id. The same
    /// delivery always has the same name; `attempt` counts from 1 where a set of that name is damaged or someone
    /// else's.
    static func directory(for delivery: Delivery, attempt: Int = 1) throws -> String {
        let id = delivery.id.utf8.prefix(16).map { byte in
            Self.isSafe(byte) ? String(UnicodeScalar(byte)) : "_"
        }
        guard !id.isEmpty else {
            throw PluginFailure(
                .bug, code: "files.no-id", message: "A delivery of \(delivery.version.certificate) has no id.",
                remedy: "Report this to the authors of certflow.")
        }
        let name = "\(stamp(delivery.version.notBefore))-\(id.joined())"
        return attempt == 1 ? name : "\(name)-\(attempt)"
    }

    private static func isSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            true
        default: false
        }
    }

    /// `20270309T000000Z`: sorts as time does.
    private static func stamp(_ date: Date) -> String {
        var seconds = time_t(min(max(date.timeIntervalSince1970.rounded(.down), 0), 253_402_300_799))
        var parts = tm()
        gmtime_r(&seconds, &parts)
        return String(
            format: "%04d%02d%02dT%02d%02d%02dZ", Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday),
            Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec))
    }
}

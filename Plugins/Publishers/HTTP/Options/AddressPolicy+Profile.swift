import Curl
import PluginKit

extension AddressPolicy {
    /// What no profile means when it names a server: this network, one link, metadata services of clouds, many at once.
    private static let special = [
        "0.0.0.0/8", "169.254.0.0/16", "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.0/4",
        "255.255.255.255", "::/128", "fe80::/10", "fd00:ec2::/32", "fd20:ce::254", "ff00::/8",
    ].compactMap { AddressRange($0) }
    private static let thisMachine = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }

    /// - Parameters:
    ///   - named: the profile's `addresses`.
    ///   - onThisMachine: whether nothing else may be reached.
    /// - Throws: `PluginFailure` (`configuration`) for what is no address.
    init(named: [String], onThisMachine: Bool) throws {
        var allowed: [AddressRange] = []
        for text in named {
            guard let range = AddressRange(text) else {
                throw HTTPFailure.option("`addresses` has \"\(ShownText(text))\", which is no address and no range.")
            }
            allowed.append(range)
        }
        let denied = Self.special.filter { range in !named.contains { Self.lies($0, in: range) } }
        if onThisMachine { allowed = Self.thisMachine }
        self.init(denied: denied, allowed: allowed)
    }

    /// Whether the profile names this very part of what is refused.
    private static func lies(_ text: String, in range: AddressRange) -> Bool {
        let parts = text.split(separator: "/")
        guard let start = parts.first.flatMap({ IPAddress(String($0)) }) else { return false }
        let bits = parts.count == 2 ? Int(parts[1]) ?? 0 : start.bytes.count * 8
        return bits >= 8 && range.contains(start)
    }
}

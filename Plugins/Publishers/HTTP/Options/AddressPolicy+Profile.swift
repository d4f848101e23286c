import Curl
import PluginKit

extension AddressPolicy {
    /// What no profile means when it names a server: this network, one link, metadata services of clouds, many at once.
    private static let special = [
        "0.0.0.0/8", "169.254.0.0/16", "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.0/4",
        "255.255.255.255", "::/128", "fe80::/10", "fd00:ec2::/32", "fd20:ce::254", "ff00::/8",
        // What translators of one's own network reach (RFC 8215): the address of IPv4 in it may be any of these.
        "64:ff9b:1::/48",
        // Those of IPv4, and this machine, in the form of 6to4 (RFC 3056, 2).
        "2002::/24", "2002:a9fe::/32", "2002:6464:64c8::/48", "2002:a83f:8110::/48", "2002:c000:c0::/48",
        "2002:e000::/20", "2002:ffff:ffff::/48", "2002:7f00::/24",
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
        if onThisMachine { allowed = Self.thisMachine }
        self.init(denied: Self.special, allowed: allowed)
    }
}

import Curl
import PluginKit

extension AddressPolicy {
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

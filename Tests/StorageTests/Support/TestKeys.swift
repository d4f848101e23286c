import Foundation
import PluginKit
import Storage
import Testing

/// Keys and random bytes of tests: fixed, so that a failure repeats.
enum TestKeys {
    static let master = key(1)
    static let audit = master.derived(for: "audit")
    static let other = key(2)

    /// 32 bytes of one value.
    static func key(_ byte: UInt8) -> Secret32 {
        guard let key = Secret32([UInt8](repeating: byte, count: 32)) else { preconditionFailure("32 bytes are a key") }
        return key
    }

    static let sealer = Sealer(master: master, entropy: MasterKey.systemEntropy)
}

extension Secret {
    var bytes: [UInt8] { withBytes { Array($0) } }
}

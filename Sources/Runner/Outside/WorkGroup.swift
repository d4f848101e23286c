import Storage

/// What shares a target or an issuer: limits and breakers count by it.
enum WorkGroup {
    static func target(profile: String, target: String) -> Int64 { hash("target/\(profile)/\(target)") }
    static func issuer(_ profile: String) -> Int64 { hash("issuer/\(profile)") }
    static let notices: Int64 = hash("notices")
    static let upkeep: Int64 = hash("upkeep")

    /// FNV-1a: stable over processes, unlike `Hasher`.
    private static func hash(_ text: String) -> Int64 {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return Int64(bitPattern: value)
    }
}

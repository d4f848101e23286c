/// Writes the data types of SSH (RFC 4251, section 5).
struct WireWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ byte: UInt8) { bytes.append(byte) }

    mutating func write(_ number: UInt32) {
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    mutating func write(_ number: UInt64) {
        write(UInt32(truncatingIfNeeded: number >> 32))
        write(UInt32(truncatingIfNeeded: number))
    }

    mutating func write(string: some Collection<UInt8>) {
        write(UInt32(clamping: string.count))
        bytes.append(contentsOf: string)
    }

    mutating func write(_ text: String) { write(string: text.utf8) }

    /// What `body` writes, after its length.
    mutating func framed(_ body: (inout WireWriter) -> Void) {
        let start = bytes.count
        write(UInt32(0))
        body(&self)
        let length = UInt32(clamping: bytes.count - start - 4)
        for (index, shift) in ([24, 16, 8, 0] as [UInt32]).enumerated() {
            bytes[start + index] = UInt8(truncatingIfNeeded: length >> shift)
        }
    }

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    /// Zeroes what was written, where there were secrets in it.
    mutating func wipe() {
        for index in bytes.indices { bytes[index] = 0 }
        bytes.removeAll(keepingCapacity: true)
    }
}

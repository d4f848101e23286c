import Foundation
import Testing

@testable import FaultKit

@Suite("The trace reader")
struct TraceReaderTests {
    /// A record as the interposer writes it: the header with its lengths, the path, the role.
    private func record(call: UInt16, path: String, role: String = "file") -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 104) + Array(path.utf8) + Array(role.utf8)
        func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
            withUnsafeBytes(of: value.littleEndian) { raw in
                bytes.replaceSubrange(offset..<(offset + raw.count), with: raw)
            }
        }
        put(UInt32(0x3154_4c46), at: 0)
        put(UInt32(bytes.count), at: 4)
        put(call, at: 88)
        put(UInt16(path.utf8.count), at: 92)
        put(UInt16(role.utf8.count), at: 96)
        return bytes
    }

    @Test("leaves out a last record that a kill cut short")
    func cutShort() throws {
        let whole = record(call: 0, path: "1") + record(call: 3, path: "/a")
        let trace = try TraceReader(bytes: whole).trace(isComplete: true)
        #expect(trace.wasStarted && trace.calls.map(\.label) == ["fsync file"])
        for length in stride(from: record(call: 0, path: "1").count, to: whole.count, by: 1) {
            #expect(try TraceReader(bytes: Array(whole.prefix(length))).trace(isComplete: false).calls.isEmpty)
        }
    }

    @Test("refuses what is no trace: another magic, an unknown call, lengths that do not add up")
    func broken() {
        let good = record(call: 3, path: "/a")
        for (offset, value) in [(0, UInt8(0)), (88, 200), (92, 200), (4, 1)] {
            var bytes = good
            bytes[offset] = value
            #expect(throws: FaultKitError.self) { try TraceReader(bytes: bytes).trace(isComplete: true) }
        }
    }
}

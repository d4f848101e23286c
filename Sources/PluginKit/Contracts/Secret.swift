import Foundation

/// Secret bytes: one owner, zeroed when released.
///
/// Not Codable and without a description on purpose: a secret can be neither logged nor encoded by accident.
public final class Secret: @unchecked Sendable {  // sound: `bytes` is immutable from init until deinit
    private let bytes: UnsafeMutableRawBufferPointer

    public init(_ source: some Collection<UInt8>) {
        bytes = .allocate(byteCount: source.count, alignment: 1)
        bytes.copyBytes(from: source)
    }

    /// The UTF-8 bytes of `text`.
    public convenience init(text: String) { self.init(Array(text.utf8)) }

    deinit {
        bytes.initializeMemory(as: UInt8.self, repeating: 0)
        bytes.deallocate()
    }

    /// The number of bytes.
    public var count: Int { bytes.count }

    /// Lends the bytes; they must not outlive `body`.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(bytes))
    }

    /// Compares in a time that depends on the lengths alone.
    public func matches(_ other: Secret) -> Bool {
        guard count == other.count else { return false }
        return withBytes { mine in
            other.withBytes { theirs in
                var difference: UInt8 = 0
                for index in 0..<mine.count { difference |= mine[index] ^ theirs[index] }
                return difference == 0
            }
        }
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "(secret)" }
    public var debugDescription: String { "(secret)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

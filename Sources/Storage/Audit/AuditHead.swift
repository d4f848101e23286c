import Crypto
import Foundation

/// The newest event of the ledger, under the key: rewritten in every transaction that appends, so that events cut off
/// at the end are missed.
///
/// A whole database that was put back to an earlier day carries the head of that day: who wants to see that too keeps
/// heads elsewhere.
public struct AuditHead: Hashable, Sendable {
    public var sequence: Int64
    /// Of the event with that sequence.
    public var mac: Data
    /// HMAC-SHA-256 over both.
    public var code: Data

    public init(sequence: Int64, mac: Data, code: Data) {
        self.sequence = sequence
        self.mac = mac
        self.code = code
    }

    init(sequence: Int64, mac: Data, key: SymmetricKey) {
        self.init(
            sequence: sequence, mac: mac,
            code: Data(
                HMAC<SHA256>.authenticationCode(
                    for: Self.form(sequence, mac), using: key)))
    }

    func isGenuine(under key: SymmetricKey) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.form(sequence, mac), using: key)
    }

    /// A key of its own, so that no code of an event is ever one of a head.
    static func key(from auditKey: Secret32) -> SymmetricKey { auditKey.derived(for: "audit head").symmetricKey }

    private static func form(_ sequence: Int64, _ mac: Data) -> Data {
        withUnsafeBytes(of: sequence.bigEndian) { Data($0) } + mac
    }
}

import Crypto
import CryptoExtras
import Foundation

/// A password, hashed with scrypt (RFC 7914); keeps what it was hashed with, so that the cost can grow.
public struct PasswordHash: Sendable, Hashable, Codable {
    public var rounds: Int
    public var blockSize: Int
    public var salt: Data
    public var hash: Data

    private static let length = 32

    /// How dear a try is.
    public struct Cost: Sendable, Hashable {
        /// N, a power of two.
        public var rounds: Int
        /// r
        public var blockSize: Int

        public init(rounds: Int = 1 << 17, blockSize: Int = 8) {
            self.rounds = rounds
            self.blockSize = blockSize
        }

        /// Takes 134 MB and about half a second.
        public static let usual = Cost()
    }

    init(_ password: String, salt: Data, cost: Cost) throws {
        rounds = cost.rounds
        blockSize = cost.blockSize
        self.salt = salt
        hash = try Self.derive(password, salt, cost)
    }

    func matches(_ password: String) throws -> Bool {
        let cost = Cost(rounds: rounds, blockSize: blockSize)
        return ConstantTime.equal(try Self.derive(password, salt, cost), hash)
    }

    func isWeaker(than cost: Cost) -> Bool { rounds < cost.rounds || blockSize < cost.blockSize }

    private static func derive(_ password: String, _ salt: Data, _ cost: Cost) throws -> Data {
        // Composed, so that the same letters count as the same however a keyboard makes them (RFC 8265, 4.2).
        let bytes = Data(password.precomposedStringWithCanonicalMapping.utf8)
        let key = try KDF.Scrypt.deriveKey(
            from: bytes, salt: salt, outputByteCount: length, rounds: cost.rounds, blockSize: cost.blockSize,
            parallelism: 1, maxMemory: 256 << 20)
        return key.withUnsafeBytes { Data($0) }
    }
}

/// Comparing what is secret.
enum ConstantTime {
    /// Takes as long wherever they differ.
    static func equal(_ left: Data, _ right: Data) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

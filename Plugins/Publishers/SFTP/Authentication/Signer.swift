import CSSH2
import Foundation

/// Proves to a server that somebody holds a private key (RFC 4252, section 7).
protocol Signer: AnyObject {
    /// The public key as the server is shown it.
    var blob: [UInt8] { get }
    /// The signature's own bytes, without the name of its algorithm.
    func signature(of data: UnsafeRawBufferPointer) throws -> [UInt8]
}

/// Lends a signer to libssh2 for one call.
final class LentSigner {
    let signer: any Signer
    private(set) var failure: (any Error)?

    init(_ signer: any Signer) { self.signer = signer }

    /// libssh2's callback: 0 where a signature was made. The buffer is libssh2's to free.
    static let callback:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?, UnsafeMutablePointer<Int>?,
            UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Int32 = { _, signature, length, data, count, abstract in
            guard let signature, let length, let data, let pointer = abstract?.pointee else { return -1 }
            let lent = Unmanaged<LentSigner>.fromOpaque(pointer).takeUnretainedValue()
            do {
                let made = try lent.signer.signature(of: UnsafeRawBufferPointer(start: data, count: count))
                guard let copy = malloc(max(made.count, 1)) else { return -1 }
                let bytes = copy.assumingMemoryBound(to: UInt8.self)
                for (index, byte) in made.enumerated() { bytes[index] = byte }
                signature.pointee = bytes
                length.pointee = made.count
                return 0
            } catch {
                lent.failure = error
                return -1
            }
        }
}

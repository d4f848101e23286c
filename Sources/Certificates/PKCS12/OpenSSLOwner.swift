import COpenSSL

/// Owns one object of libcrypto and frees it exactly once. Stays in the call that made it.
struct OpenSSLOwner: ~Copyable {
    let pointer: OpaquePointer
    private let free: (OpaquePointer) -> Void

    /// - Throws: `CertificateFailure` where `pointer` is nil: libcrypto could not make or read the object.
    init(
        _ pointer: OpaquePointer?, failure: @autoclosure () -> CertificateFailure,
        free: @escaping (OpaquePointer) -> Void
    ) throws(CertificateFailure) {
        guard let pointer else {
            ERR_clear_error()  // libcrypto's own words name its functions; ours name the file
            throw failure()
        }
        self.pointer = pointer
        self.free = free
    }

    deinit { free(pointer) }
}

/// What libcrypto reads and writes as bytes.
enum OpenSSLBytes {
    /// Calls an `i2d` function twice: for the length, then for the bytes; nil where it fails.
    static func written(by write: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32) -> [UInt8]? {
        let length = Int(write(nil))
        guard length > 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: length)
        let written = bytes.withUnsafeMutableBufferPointer { buffer in
            var position = buffer.baseAddress
            return write(&position)
        }
        return Int(written) == length ? bytes : nil
    }

    /// Calls a `d2i` function; nil where it fails or leaves bytes over.
    static func read<Input: Collection<UInt8>, Object>(
        _ bytes: Input, by read: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> Object?,
        free: (Object) -> Void
    ) -> Object? {
        bytes.withContiguousStorageIfAvailable { buffer in
            var position = buffer.baseAddress
            guard let object = read(&position, buffer.count) else { return nil }
            guard position == buffer.baseAddress?.advanced(by: buffer.count) else {
                free(object)
                return nil
            }
            return object
        } ?? nil
    }
}

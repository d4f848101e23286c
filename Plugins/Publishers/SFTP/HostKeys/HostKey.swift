import Crypto
import Foundation

/// A server's public key as it is sent (RFC 4253, section 6.6).
struct HostKey: Sendable, Hashable {
    /// Those that certflow accepts, the best first. `ssh-rsa` is none: it stands for a signature over SHA-1.
    static let types = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512",
        "rsa-sha2-256",
    ]
    /// The largest that is taken, in bytes: an RSA key of 16,384 bits has about 2,100.
    private static let largest = 8192

    let type: String
    let blob: [UInt8]

    /// - Returns: nil where it is malformed.
    init?(blob: [UInt8]) {
        guard blob.count <= Self.largest else { return nil }
        var reader = WireReader(blob)
        guard let name = try? reader.string(limit: 64), !name.isEmpty else { return nil }
        type = String(decoding: name, as: UTF8.self)
        self.blob = blob
    }

    /// As OpenSSH shows it: `SHA256:` and 43 characters of base64.
    var fingerprint: String {
        let digest = Data(SHA256.hash(data: blob)).base64EncodedString()
        return "SHA256:" + digest.prefix { $0 != "=" }
    }

    /// The names under which the type is agreed on in a handshake.
    var methods: [String] { Self.methods(for: type) }

    /// Whether it may be shown where one of `types` was agreed on.
    func isOf(_ types: [String]) -> Bool { types.contains(where: methods.contains) }

    static func methods(for type: String) -> [String] {
        type == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [type]
    }
}

extension HostKey: CustomStringConvertible {
    var description: String { "\(type) \(fingerprint)" }
}

import Foundation

/// What a peer shows over TLS on this machine: as "localhost" and 127.0.0.1, from an authority of its own.
public struct LoopbackCertificate: Sendable {
    /// The certificate of the authority (PEM), for those who are to trust it.
    public let authority: URL
    public let chain: URL
    public let key: URL

    /// - Parameter directory: takes the files.
    public static func make(in directory: URL) async throws -> LoopbackCertificate {
        let openssl = OpenSSL(in: directory)
        let authority = try await openssl.certificate("peers.test", .ecdsa, isAuthority: true)
        let own = try await openssl.certificate("localhost", .ecdsa, addresses: ["127.0.0.1"], signedBy: authority)
        return LoopbackCertificate(authority: authority.chain, chain: own.chain, key: own.key)
    }
}

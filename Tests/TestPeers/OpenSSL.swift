import Foundation

/// Certificates made with the `openssl` command, for tests that want an opinion other than our own.
public struct OpenSSL: Sendable {
    public static let program = PeerProgram("openssl", package: "openssl")

    public enum Key: Sendable {
        case ecdsa, rsa

        var options: [String] {
            switch self {
            case .ecdsa: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
            case .rsa: ["-newkey", "rsa:2048"]
            }
        }
    }

    /// A certificate with its key, as PEM files.
    public struct Certificate: Sendable {
        /// The certificate, then those of its issuers without the root.
        public let chain: URL
        public let key: URL
        /// The same chain in DER, leaf first.
        public let der: [Data]
        fileprivate let isSignedByAnother: Bool
        fileprivate let certificate: URL
    }

    private let directory: URL

    /// - Parameter directory: takes the files.
    public init(in directory: URL) { self.directory = directory }

    /// Makes a certificate that is valid for 30 days.
    ///
    /// - Parameters:
    ///   - name: common name and DNS name.
    ///   - addresses: IP addresses that it stands for as well.
    ///   - issuer: signs it, where it is an authority; nil: it is self-signed.
    public func certificate(
        _ name: String, _ key: Key, addresses: [String] = [], isAuthority: Bool = false,
        signedBy issuer: Certificate? = nil
    ) async throws -> Certificate {
        let stem = directory.appending(path: UUID().uuidString)
        let certificate = stem.appendingPathExtension("crt")
        let keyFile = stem.appendingPathExtension("key")
        let names = (["DNS:\(name)"] + addresses.map { "IP:\($0)" }).joined(separator: ",")
        var arguments = ["req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=\(name)"] + key.options
        arguments += ["-addext", "subjectAltName=\(names)", "-keyout", keyFile.path, "-out", certificate.path]
        arguments += ["-addext", "basicConstraints=critical,CA:\(isAuthority ? "TRUE" : "FALSE")"]
        if let issuer { arguments += ["-CA", issuer.certificate.path, "-CAkey", issuer.key.path] }
        try await Self.program.run(arguments, in: directory)
        var pem = try String(contentsOf: certificate, encoding: .utf8)
        // A self-signed issuer is the root, which servers leave out.
        if let issuer, issuer.isSignedByAnother { pem += try String(contentsOf: issuer.chain, encoding: .utf8) }
        let chain = stem.appendingPathExtension("pem")
        try pem.write(to: chain, atomically: true, encoding: .utf8)
        return Certificate(
            chain: chain, key: keyFile, der: Self.blocks(of: pem), isSignedByAnother: issuer != nil,
            certificate: certificate)
    }

    /// The serial number of the first certificate in a PEM file: hexadecimal digits without leading zeros.
    public static func serial(of certificate: URL) async throws -> String {
        let said = try await program.run(
            ["x509", "-in", certificate.path, "-noout", "-serial"], in: certificate.deletingLastPathComponent())
        let digits = said.split(separator: "=").last?.drop { $0 == "0" } ?? ""
        return digits.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    }

    /// What RFC 9773, 4.1 calls the first certificate in a PEM file.
    public static func renewalIdentifier(of certificate: URL) async throws -> String {
        let directory = certificate.deletingLastPathComponent()
        let key = try await program.run(
            ["x509", "-in", certificate.path, "-noout", "-ext", "authorityKeyIdentifier"], in: directory)
        let digits = try await serial(of: certificate)
        let even = digits.count.isMultiple(of: 2) ? digits : "0" + digits
        let isNegative = (even.first?.hexDigitValue ?? 0) >= 8
        let keyDigits = key.split(separator: "\n").last.map { $0.filter(\.isHexDigit) } ?? ""
        return [keyDigits, (isNegative ? "00" : "") + even].map(base64URL).joined(separator: ".")
    }

    private static func base64URL(_ hexadecimal: String) -> String {
        let digits = hexadecimal.compactMap(\.hexDigitValue)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
        return Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    private static func blocks(of pem: String) -> [Data] {
        pem.split(separator: "-----BEGIN CERTIFICATE-----").compactMap { block in
            guard let base64 = block.split(separator: "-----END").first else { return nil }
            return Data(base64Encoded: String(base64), options: .ignoreUnknownCharacters)
        }
    }
}

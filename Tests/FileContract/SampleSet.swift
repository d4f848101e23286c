import Foundation
import PluginKit

/// Sets of files that say of which number they are, so that a mixed set is seen at once.
public struct SampleSet: Sendable {
    public static let files: [FileOptions.File] = [
        .init(name: "fullchain.pem", content: .fullchain, artifact: 0),
        .init(name: "privkey.pem", content: .privateKey, artifact: 1),
        .init(name: "bundle.pem", content: .bundle, artifact: 2),
        .init(name: "store.p12", content: .pkcs12, artifact: 3),
    ]

    public static func options(_ layout: FileOptions.Layout, in directory: String, keep: Int = 5) -> FileOptions {
        FileOptions(directory: directory, layout: layout, files: files, keep: keep)
    }

    /// The DER form of set `number`'s "certificate".
    public static func certificate(_ number: Int) -> Data { Data("certificate of set \(number)".utf8) }

    public static func delivery(
        _ number: Int, certificate: String = "www.example.com", resuming: Handle? = nil, salt: String = "a"
    ) -> Delivery {
        let facts = VersionFacts(
            certificate: certificate, number: number, subjects: [certificate],
            fingerprint: Fingerprint(sha256: Data(repeating: UInt8(truncatingIfNeeded: number), count: 32)),
            serial: "0\(number)", notBefore: Date(timeIntervalSince1970: 1_800_000_000 + Double(number) * 600),
            notAfter: Date(timeIntervalSince1970: 1_900_000_000))
        let artifacts = files.map { file in
            Artifact(
                content: file.content, digest: Data("\(number)\(file.name)".utf8),
                bytes: Secret(text: content(of: file, number, salt: salt)))
        }
        let id = String(format: "%016x", number) + "ffffffffffffffff"
        return Delivery(
            id: id, version: facts, target: "here", options: Options(), artifacts: artifacts, resuming: resuming,
            deadline: .distantFuture)
    }

    /// - Parameter salt: as a PKCS#12 file differs at each rendering, so does its content here.
    private static func content(of file: FileOptions.File, _ number: Int, salt: String) -> String {
        let certificate = """
            -----BEGIN CERTIFICATE-----
            \(certificate(number).base64EncodedString())
            -----END CERTIFICATE-----

            """
        let rest =
            switch file.content {
            case .pkcs12: "salt \(salt)\n"
            case .privateKey: "key\n"
            default: certificate
            }
        return "set \(number)\n" + rest + "end\n"
    }

    /// Of which set a file is; nil where it is not whole.
    public static func number(of bytes: Secret) -> Int? {
        let text = bytes.withBytes { String(decoding: $0, as: UTF8.self) }
        guard text.hasSuffix("end\n"), let line = text.split(separator: "\n").first else { return nil }
        return Int(line.dropFirst(4))
    }
}

import Foundation

/// A secret that is nowhere else, and the forms in which a part of it would give it away.
struct Canary: Sendable {
    let name: String
    /// What is stored as the secret.
    let text: String
    private let forms: [(name: String, bytes: [UInt8])]

    /// One of letters and digits, with signs behind them that encodings change.
    init(_ name: String, signs: String = "+/=%&") {
        let core = String(
            (0..<24).compactMap { _ in "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789".randomElement() })
        self.init(name, text: core + signs, core: Array(core.utf8))
    }

    /// - Parameter core: the part of it that is looked for.
    init(_ name: String, text: String, core: [UInt8]) {
        self.name = name
        self.text = text
        let hexadecimal = core.map { String(format: "%02x", $0) }
        let percent = hexadecimal.map { "%\($0)" }.joined()
        let texts =
            Self.base64(core).flatMap { [$0, $0.replacing("+", with: "-").replacing("/", with: "_")] }
            .map { ("base64", $0) }
            + [hexadecimal.joined(), hexadecimal.joined().uppercased()].map { ("hexadecimal", $0) }
            + [percent, percent.uppercased()].map { ("percent-encoded", $0) }
        forms = [("plain", core)] + texts.map { ($0.0, Array($0.1.utf8)) }
    }

    /// One that was not made for this: a key, in its PEM text.
    /// - Throws: `Wrong` where it is no P-256 key in PKCS#8.
    init(_ name: String, pkcs8 pem: String) throws {
        let body = pem.split(separator: "\n").filter { !$0.hasPrefix("-") }.joined()
        let head: [UInt8] = [0x02, 0x01, 0x01, 0x04, 0x20]  // the version of ECPrivateKey, and the key's 32 bytes
        guard let der = Data(base64Encoded: body), let found = der.range(of: Data(head)),
            found.upperBound + 12 <= der.count
        else { throw Wrong("\(name) is no P-256 key: \(pem.prefix(60))") }
        // Twelve bytes that stand on the first line of the PEM text.
        self.init(name, text: pem, core: Array(der[found.upperBound..<found.upperBound + 12]))
    }

    /// As it stands in base64 whatever comes before it.
    private static func base64(_ core: [UInt8]) -> [String] {
        zip(0...2, [0, 2, 3]).map { before, dropped in
            let text = Data([UInt8](repeating: 0, count: before) + core).base64EncodedString()
            return String(text.prefix((before + core.count) * 8 / 6).dropFirst(dropped))
        }
    }

    /// In which form it stands in `data`, with what is around it; nil where it does not.
    func traces(in data: Data) -> String? {
        for form in forms {
            guard let found = data.range(of: Data(form.bytes)) else { continue }
            let around = data[max(data.startIndex, found.lowerBound - 80)..<min(data.endIndex, found.upperBound + 20)]
            return "\(form.name): …\(String(decoding: around, as: UTF8.self))…"
        }
        return nil
    }
}

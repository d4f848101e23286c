import Foundation

/// JSON objects, and the base64 of JOSE (RFC 7515, 2).
enum JSON {
    static func data(_ value: Any) -> Data {
        (try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])) ?? Data()
    }

    /// - Throws: `Problem` where it is no object.
    static func object(_ data: Data, _ what: String) throws -> [String: Any] {
        guard let object = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any] else {
            throw Problem.violation("\(what) is no JSON object")
        }
        return object
    }

    /// - Throws: `Problem` where it is not base64url without padding.
    static func decode(_ text: Any?, _ what: String) throws -> Data {
        guard let text = text as? String, !text.contains(where: { "+/=".contains($0) }) else {
            throw Problem.violation("\(what) is not base64url")
        }
        let plain = text.replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
        guard let data = Data(base64Encoded: plain + padding) else {
            throw Problem.violation("\(what) is not base64url")
        }
        return data
    }

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}

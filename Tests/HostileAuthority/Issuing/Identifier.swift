import Foundation
import X509

/// A name in an order (RFC 8555, 9.7.7; RFC 8738).
struct Identifier: Hashable {
    var type: String
    var value: String

    var members: [String: Any] { ["type": type, "value": value] }

    /// In a certificate; nil where it is no name that one can hold.
    var generalName: GeneralName? {
        guard type == "ip" else { return .dnsName(value) }
        return Self.bytes(ofAddress: value).map { .ipAddress(.init(contentBytes: $0[...])) }
    }

    init(_ type: String, _ value: String) {
        self.type = type
        self.value = value
    }

    init?(_ name: GeneralName) {
        switch name {
        case .dnsName(let value): self.init("dns", value.lowercased())
        case .ipAddress(let bytes): self.init("ip", Self.address(of: Array(bytes.bytes)))
        default: return nil
        }
    }

    /// - Throws: `Problem` where it is none, or not written as it should be.
    init(_ value: Any) throws {
        guard let members = value as? [String: Any], let type = members["type"] as? String,
            let name = members["value"] as? String, !name.isEmpty
        else { throw Problem.violation("an identifier has type and value") }
        guard ["dns", "ip"].contains(type) else {
            throw Problem(400, "unsupportedIdentifier", "\(type) is not supported")
        }
        guard name == name.lowercased(), name.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw Problem.violation("\(name) is not in lower case ASCII")
        }
        self.init(type, name)
        guard type == "dns" || Self.bytes(ofAddress: name).map(Self.address) == name else {
            throw Problem.violation("\(name) is no IP address in its canonical form (RFC 8738, 3)")
        }
    }

    private static func bytes(ofAddress text: String) -> [UInt8]? {
        var four = [UInt8](repeating: 0, count: 4)
        var six = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &four) == 1 { return four }
        return inet_pton(AF_INET6, text, &six) == 1 ? six : nil
    }

    private static func address(of bytes: [UInt8]) -> String {
        var text = [CChar](repeating: 0, count: 64)
        let isWritten = inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count)) != nil
        return isWritten ? String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : ""
    }
}

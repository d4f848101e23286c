import Foundation
import NIOCore

/// A place on the network as a profile writes it: "192.0.2.7:53", "[2001:db8::7]:53", "ns1.example.com:53".
struct HostPort: Hashable, Sendable, CustomStringConvertible {
    /// A name or an address, without brackets.
    var host: String
    /// 1 to 65535.
    var port: Int

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// - Parameter defaultPort: where the text names none; nil: then it is no place.
    init?(_ text: String, defaultPort: Int? = nil) {
        let name: Substring
        let number: Substring?
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            name = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":"), name.contains(":") else { return nil }
            number = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = text.lastIndex(of: ":"), text.firstIndex(of: ":") == colon {
            name = text[..<colon]
            number = text[text.index(after: colon)...]
        } else {
            name = text[...]
            number = nil
        }
        guard let port = number.map({ Self.port($0) }) ?? defaultPort, !name.isEmpty, name.utf8.count <= 253 else {
            return nil
        }
        self.init(host: String(name), port: port)
        guard address != nil || Self.isName(name) else { return nil }
    }

    /// The place itself where `host` is an IP address.
    var address: SocketAddress? { try? SocketAddress(ipAddress: host, port: port) }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func port(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }), let number = Int(text) else { return nil }
        return (1...65_535).contains(number) ? number : nil
    }

    private static func isName(_ text: Substring) -> Bool {
        guard text.first != "-", text.utf8.contains(where: { !(48...57).contains($0) && $0 != 46 }) else {
            return false
        }
        return text.utf8.allSatisfy {
            (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 46
                || $0 == 95
        }
    }
}

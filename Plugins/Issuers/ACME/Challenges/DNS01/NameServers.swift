import Foundation
import NIOCore

/// The name servers that this machine asks (resolv.conf(5)).
enum NameServers {
    private static let most = 3

    /// At most three; the machine itself where nothing is set up, as the C library does it.
    static func system(_ path: String = "/etc/resolv.conf") -> [HostPort] {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let servers = servers(in: text)
        return servers.isEmpty ? [HostPort(host: "127.0.0.1", port: 53)] : servers
    }

    static func servers(in text: String) -> [HostPort] {
        let lines = text.split(whereSeparator: \.isNewline)
        let places = lines.compactMap { line -> HostPort? in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2, words[0] == "nameserver" else { return nil }
            let place = HostPort(host: String(words[1]), port: 53)
            return place.address == nil ? nil : place
        }
        return Array(places.prefix(most))
    }
}

import Foundation
import PluginKit

/// Which URLs of a CA are followed: `https`, and of the directory's own host and port, or of a host that the profile
/// names. Others would let a CA steer requests into the operator's network.
struct URLRules: Sendable, Hashable {
    /// Longer URLs are no CA's.
    private static let longest = 2048

    /// Host and port, lower case.
    let authorities: Set<String>

    /// - Throws: `PluginFailure` (`acme.option`) where the directory's URL is not `https`.
    init(directory: String, hosts: [String]) throws {
        guard let own = Self.authority(of: directory) else { throw PluginFailure.badDirectory(directory) }
        authorities = Set([own] + hosts.map { Self.named($0.lowercased()) })
    }

    /// - Parameter field: where it stood, for the message.
    /// - Returns: the URL as it stood: a CA compares it byte for byte (RFC 8555, 6.4).
    /// - Throws: `PluginFailure` (`acme.refused-url`).
    func accept(_ url: String, _ field: String) throws -> String {
        guard let authority = Self.authority(of: url) else { throw PluginFailure.refusedURL(url, field: field) }
        guard authorities.contains(authority) else { throw PluginFailure.foreignURL(url, field: field) }
        return url
    }

    /// Host and port of an absolute `https` URL without user, password and fragment; nil where it is something else.
    static func authority(of url: String) -> String? {
        guard url.utf8.count <= longest, url.utf8.allSatisfy({ (33...126).contains($0) }),
            let parts = URLComponents(string: url), parts.scheme?.lowercased() == "https",
            let host = parts.host?.lowercased(), !host.isEmpty, parts.user == nil, parts.password == nil,
            parts.fragment == nil
        else { return nil }
        return "\(host):\(parts.port ?? 443)"
    }

    private static func named(_ host: String) -> String {
        guard let colon = host.lastIndex(of: ":"), !host.hasSuffix("]"), Int(host[host.index(after: colon)...]) != nil
        else { return "\(host):443" }
        return host
    }
}

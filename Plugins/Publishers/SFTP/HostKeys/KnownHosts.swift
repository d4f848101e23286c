import Foundation

/// A known_hosts file: whose host key is which.
///
/// libssh2's own reader knows neither `@revoked` nor patterns. A host at another port than 22 is known under
/// `[host]:port` alone: unlike OpenSSH, certflow never falls back to the plain name.
struct KnownHosts: Sendable {
    struct Line: Sendable {
        enum Marker: Sendable { case none, certificateAuthority, revoked }
        var marker: Marker
        var hosts: HostPattern
        var key: HostKey
    }

    enum Verdict: Sendable, Equatable {
        case known
        /// The host is known, with other keys.
        case changed(known: [HostKey])
        case unknown
        case revoked
    }

    private(set) var lines: [Line] = []
    /// The numbers, from 1, of lines that can't be read.
    private(set) var unreadable: [Int] = []
    /// Of these, one that revokes something: nothing can be trusted then.
    private(set) var unreadableRevocation: Int?

    init(_ text: String) {
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let fields = line.split { $0 == " " || $0 == "\t" }
            guard let first = fields.first, !first.hasPrefix("#") else { continue }
            if let read = Self.line(fields) {
                lines.append(read)
            } else {
                unreadable.append(index + 1)
                if first == "@revoked" { unreadableRevocation = index + 1 }
            }
        }
    }

    /// How a host is called in the file.
    static func name(host: String, port: Int) -> String {
        port == 22 ? host.lowercased() : "[\(host.lowercased())]:\(port)"
    }

    /// - Parameter name: as `name(host:port:)` writes it.
    func judge(_ key: HostKey, of name: String) -> Verdict {
        let about = lines.filter { $0.hosts.matches(name) }
        // Wherever it stands: a revocation beats every line that vouches for the same key.
        if about.contains(where: { $0.marker == .revoked && $0.key == key }) { return .revoked }
        let known = keys(of: name)
        if known.contains(key) { return .known }
        return known.isEmpty ? .unknown : .changed(known: known)
    }

    /// The keys that `name` is known by, in the file's order.
    func keys(of name: String) -> [HostKey] {
        lines.filter { $0.marker == .none && $0.hosts.matches(name) }.map(\.key)
    }

    /// The types of the keys that `name` is known by, in the file's order.
    func types(of name: String) -> [String] {
        var types: [String] = []
        for key in keys(of: name) where !types.contains(key.type) { types.append(key.type) }
        return types
    }

    /// Whether a certificate authority vouches for `name`: libssh2 can't check host certificates, so that counts for
    /// nothing, and a message says so.
    func hasAuthority(for name: String) -> Bool {
        lines.contains { $0.marker == .certificateAuthority && $0.hosts.matches(name) }
    }

    private static func line(_ fields: [Substring]) -> Line? {
        var fields = fields[...]
        var marker = Line.Marker.none
        if let first = fields.first, first.hasPrefix("@") {
            switch first {
            case "@revoked": marker = .revoked
            case "@cert-authority": marker = .certificateAuthority
            default: return nil
            }
            fields = fields.dropFirst()
        }
        guard fields.count >= 3, let hosts = fields.first.flatMap({ HostPattern($0) }),
            let type = fields.dropFirst().first, let encoded = fields.dropFirst(2).first,
            let blob = Data(base64Encoded: String(encoded)), let key = HostKey(blob: Array(blob)), key.type == type
        else { return nil }
        return Line(marker: marker, hosts: hosts, key: key)
    }
}

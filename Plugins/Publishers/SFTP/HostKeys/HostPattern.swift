import Crypto
import Foundation

/// The first field of a known_hosts line: which hosts it speaks of (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT).
enum HostPattern: Sendable, Equatable {
    /// Comma separated patterns of `*` and `?`; one with `!` before it excludes.
    case patterns([String])
    /// `|1|salt|hash`: HMAC-SHA1 of the name under the salt.
    case hashed(salt: [UInt8], hash: [UInt8])

    /// - Returns: nil where it is malformed.
    init?(_ field: Substring) {
        guard field.hasPrefix("|") else {
            let patterns = field.split(separator: ",").map { $0.lowercased() }
            guard !patterns.isEmpty else { return nil }
            self = .patterns(patterns)
            return
        }
        let parts = field.split(separator: "|", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[1] == "1", let salt = Data(base64Encoded: String(parts[2])),
            let hash = Data(base64Encoded: String(parts[3])), hash.count == Insecure.SHA1.byteCount
        else { return nil }
        self = .hashed(salt: Array(salt), hash: Array(hash))
    }

    /// - Parameter name: as `KnownHosts.name` writes it.
    func matches(_ name: String) -> Bool {
        switch self {
        case .hashed(let salt, let hash):
            return HMAC<Insecure.SHA1>.isValidAuthenticationCode(
                hash, authenticating: Array(name.utf8), using: SymmetricKey(data: salt))
        case .patterns(let patterns):
            var isIncluded = false
            for pattern in patterns {
                if pattern.hasPrefix("!") {
                    if Self.matches(Array(pattern.utf8.dropFirst()), Array(name.utf8)) { return false }
                } else if Self.matches(Array(pattern.utf8), Array(name.utf8)) {
                    isIncluded = true
                }
            }
            return isIncluded
        }
    }

    /// Goes back to the last `*` only, so that no pattern takes more than length times length steps.
    private static func matches(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var (inPattern, inName) = (0, 0)
        var star: (pattern: Int, name: Int)?
        while inName < name.count {
            if inPattern < pattern.count, pattern[inPattern] == UInt8(ascii: "*") {
                star = (inPattern, inName)
                inPattern += 1
            } else if inPattern < pattern.count,
                pattern[inPattern] == UInt8(ascii: "?") || pattern[inPattern] == name[inName]
            {
                inPattern += 1
                inName += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                inPattern = last.pattern + 1
                inName = last.name + 1
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

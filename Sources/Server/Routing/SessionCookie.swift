import Foundation
import HTTPTypes

/// The cookie that a session lives in (RFC 6265bis, 4.1.3.2): for this host alone, over TLS alone, out of reach of
/// scripts.
enum SessionCookie {
    static let name = "__Host-certflow"

    static func id(in headers: HTTPFields) -> String? {
        for header in headers[values: .cookie] {
            for pair in header.split(separator: ";") {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name else { continue }
                let id = parts[1].trimmingCharacters(in: .whitespaces)
                return id.utf8.count <= 100 ? id : nil
            }
        }
        return nil
    }

    static func set(_ id: String) -> String { "\(name)=\(id); Path=/; Secure; HttpOnly; SameSite=Lax" }

    static let clear = "\(name)=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"
}

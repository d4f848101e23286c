import Foundation

/// Where the pages of one certificate stand.
struct CertificatePath: Sendable, Hashable {
    let path: String

    init(_ name: String) { path = "/certificates/\(Self.encoded(name))" }

    func act(_ verb: String) -> String { "\(path)/\(verb)" }

    /// With what makes it about one target.
    func act(_ verb: String, target: String) -> String { "\(path)/\(verb)?target=\(Self.encoded(target))" }

    /// One part of a path, or one value of a query (RFC 3986, 2.3).
    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    }

    private static let unreserved = CharacterSet(
        charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}

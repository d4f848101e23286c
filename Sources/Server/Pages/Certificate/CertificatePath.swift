import Foundation

/// Where the pages of one certificate stand.
struct CertificatePath: Sendable, Hashable {
    let path: String

    init(_ name: String) { path = "/certificates/\(AddressText.encoded(name))" }

    func act(_ verb: String) -> String { "\(path)/\(verb)" }

    /// With what makes it about one target.
    func act(_ verb: String, target: String) -> String { "\(path)/\(verb)?target=\(AddressText.encoded(target))" }
}

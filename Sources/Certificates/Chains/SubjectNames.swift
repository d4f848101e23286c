import Automation
import SwiftASN1
import X509

/// A list of names that is damaged, or longer than `InputLimits.names`.
struct BadNameList: Error {}

/// The names in a subject alternative name extension (RFC 5280, 4.2.1.6).
struct SubjectNames: Sendable, Hashable {
    /// DNS names and IP addresses, in their order, each once.
    var subjects: [Subject] = []
    /// Names that certflow does not manage (mail addresses, URIs, names that are no DNS names), in words.
    var others: [String] = []

    /// - Throws: what the parser throws, and `BadNameList`.
    init(_ extensions: X509.Certificate.Extensions) throws {
        guard let found = extensions[oid: .X509ExtensionID.subjectAlternativeName] else { return }
        guard DEROutline.accepts(found.value, elements: InputLimits.names + 1) else {
            throw BadNameList()
        }
        var seen: Set<Subject> = []
        for name in try SubjectAlternativeNames(found) {
            guard let subject = Self.subject(name) else {
                others.append(printable(Self.words(name)))
                continue
            }
            if seen.insert(subject).inserted { subjects.append(subject) }
        }
    }

    private static func subject(_ name: GeneralName) -> Subject? {
        switch name {
        case .dnsName(let name):
            guard case .dns(let valid) = Subject(name) else { return nil }  // an address as DNS name matches nothing
            return .dns(valid)
        case .ipAddress(let address):
            return [4, 16].contains(address.bytes.count) ? .ip(Array(address.bytes)) : nil
        default: return nil
        }
    }

    private static func words(_ name: GeneralName) -> String {
        switch name {
        case .dnsName(let name): "DNS:\(name)"
        case .rfc822Name(let address): "email:\(address)"
        case .uniformResourceIdentifier(let address): "URI:\(address)"
        case .directoryName(let name): "directory:\(name)"
        case .ipAddress: "IP: not an address"
        default: "a name of another kind"
        }
    }
}

extension Subject {
    /// The subject as an entry of a subject alternative name extension.
    package var generalName: GeneralName {
        switch self {
        case .dns(let name): .dnsName(name)
        case .ip(let bytes): .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
        }
    }
}

/// Text from a certificate as it may be shown: nothing that steers a terminal or the direction of writing, at most
/// 300 characters.
func printable(_ text: String) -> String {
    let hidden: Set<Unicode.GeneralCategory> = [.control, .format, .lineSeparator, .paragraphSeparator]
    return String(
        text.prefix(300).map { character in
            character.unicodeScalars.contains { hidden.contains($0.properties.generalCategory) } ? "?" : character
        })
}

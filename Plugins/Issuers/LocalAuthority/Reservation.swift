import Automation
import Certificates
import Crypto
import Foundation
import PluginKit

/// What is recorded before anything is signed: whoever goes on after a crash signs the same certificate.
struct Reservation: Codable, Sendable, Equatable {
    var serial: Serial
    var notBefore: Instant
    var notAfter: Instant
    /// The fingerprint of the intermediate that signs.
    var issuer: Data
    /// What the serial number is reserved for: the request's id, its key and its names.
    var purpose: Data

    static func purpose(of request: IssuanceRequest, _ signing: SigningRequest) -> Data {
        var hash = SHA256()
        let names = signing.subjects.map(\.description).sorted()
        for part in [Data(request.id.utf8), signing.publicKey.info] + names.map({ Data($0.utf8) }) {
            hash.update(data: withUnsafeBytes(of: UInt64(part.count).bigEndian) { Data($0) })
            hash.update(data: part)
        }
        return Data(hash.finalize())
    }
}

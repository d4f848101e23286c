import Automation
import Certificates
import Crypto
import Foundation
import PluginKit

/// What the host asks for, read and checked.
struct AcceptedRequest: Sendable {
    let subjects: Set<Subject>
    /// In the order of the request.
    let names: [Subject]
    /// DER.
    let signingRequest: Data
    let publicKey: PublicKey
    let replaces: IssuanceRequest.Predecessor?
    /// What an order is for: the request's id, its key and its names.
    let purpose: Data

    /// - Throws: `PluginFailure` (`acme.bad-request`).
    init(_ request: IssuanceRequest) throws {
        let signing: SigningRequest
        do {
            signing = try SigningRequest(der: request.signingRequest)
        } catch {
            throw PluginFailure.badRequest(error.message)
        }
        names = request.subjects.compactMap { Subject($0) }
        subjects = Set(names)
        guard names.count == request.subjects.count, subjects == Set(signing.subjects) else {
            throw PluginFailure.badRequest("The signing request is not for the names that the order is for.")
        }
        signingRequest = request.signingRequest
        publicKey = signing.publicKey
        replaces = request.replaces
        var hash = SHA256()
        let sorted = subjects.map(\.description).sorted()
        for part in [Data(request.id.utf8), signing.publicKey.info] + sorted.map({ Data($0.utf8) }) {
            hash.update(data: withUnsafeBytes(of: UInt64(part.count).bigEndian) { Data($0) })
            hash.update(data: part)
        }
        purpose = Data(hash.finalize())
    }

    /// For messages.
    var label: String {
        let first = names.first?.description ?? "nothing"
        return names.count > 1 ? "\(first) and \(names.count - 1) more" : first
    }

    /// Whether an order is for exactly these names.
    func isFor(_ identifiers: [Identifier]) -> Bool {
        identifiers.count <= 2 * subjects.count && Set(identifiers.map(\.subject)) == Set(subjects.map { $0 })
    }
}

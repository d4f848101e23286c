import Foundation
import SwiftASN1
import X509

/// Certificates: issuing, handing out, revoking, advice (RFC 8555, 7.4.2, 7.6; RFC 9773).
extension Desk {
    /// - Returns: the number of the certificate.
    mutating func issue(_ number: Int, _ request: Data) throws -> Int {
        let order = orders[number]
        guard let csr = try? CertificateSigningRequest(derEncoded: Array(request)),
            csr.publicKey.isValidSignature(csr.signature, for: csr)
        else { throw Self.badRequest("the CSR can't be read, or its signature is wrong") }
        let extensions = csr.attributes.lazy.compactMap { try? ExtensionRequest($0) }.first?.extensions
        let names = (try? extensions?.subjectAlternativeNames).map { $0.compactMap(Identifier.init) } ?? []
        guard names.count == order.names.count, Set(names) == Set(order.names) else {
            throw Self.badRequest("the CSR is for \(names.map(\.value)), the order for \(order.names.map(\.value))")
        }
        var serializer = DER.Serializer()
        try serializer.serialize(csr.publicKey)
        guard !accounts.contains(where: { $0.key.isSame(asDER: serializer.serializedBytes) }) else {
            throw Self.badRequest("the certificate would have the key of an account (RFC 8555, 11.1)")
        }
        let life = life(order)
        let leaf = try authority.leaf(order.names, for: csr.publicKey, life, flaw)
        let serial = Array(leaf.serialNumber.bytes)
        issued.append(
            Issued(
                serial: Self.hexadecimal(serial), identifier: try identifier(serial),
                names: order.names.map(\.value), der: Data(try Self.der(leaf)), life: life, replaces: order.replaces,
                profile: order.profile, account: url(.account, order.account), certificate: leaf,
                subjects: order.names))
        return issued.count - 1
    }

    func certificate(_ message: SignedMessage, _ account: Int, _ place: Place) throws -> Reply {
        let number = try place.number(below: issued.count)
        guard message.payload.isEmpty else { throw Problem.violation("POST-as-GET has an empty payload (6.3)") }
        guard issued[number].account == url(.account, account) else {
            throw Problem.violation("this is another's certificate", type: "unauthorized", status: 403)
        }
        let alternates = count(.alternate, usual: settings.alternates)
        let chosen = place.rest.count > 1 ? try place.number(1, below: alternates + 1) : 0
        var reply = Reply(
            200, ["Content-Type": "application/pem-certificate-chain"],
            body: try authority.chain(issued[number].certificate, alternate: chosen, flaw))
        for alternate in 0..<alternates + 1 where alternate != chosen {
            if let url = header(.alternate, url(.certificate, number, alternate)) {
                reply.headers.add(name: "Link", value: "<\(url)>;rel=\"alternate\"")
            }
        }
        return reply
    }

    /// By the account that ordered, one that is authorized for all names, or the certificate's key.
    mutating func revoke(_ message: SignedMessage) throws -> Reply {
        let signer = message.keyIdentifier == nil ? nil : try account(of: message)
        let key = signer == nil ? try AccountKey(message.header["jwk"]) : nil
        try key.map { try message.verify(by: $0) }
        let members = try message.members()
        let der = try JSON.decode(members["certificate"], "certificate")
        guard let number = issued.firstIndex(where: { $0.der == der }) else {
            throw Problem(404, "malformed", "the certificate is not from here")
        }
        var serializer = DER.Serializer()
        try serializer.serialize(issued[number].certificate.publicKey)
        let mayRevoke =
            signer.map { maySpeak($0, for: issued[number]) } ?? key?.isSame(asDER: serializer.serializedBytes)
        guard mayRevoke == true else { throw Problem(403, "unauthorized", "the certificate is another's") }
        let reason = members["reason"] as? Int ?? 0
        guard (0...10).contains(reason), reason != 7 else {
            throw Problem(400, "badRevocationReason", "\(reason) is no reason (RFC 5280, 5.3.1)")
        }
        guard issued[number].revocation == nil else { throw Problem(400, "alreadyRevoked", "it is revoked already") }
        issued[number].revocation = reason
        return Reply(200)
    }

    func renewalInfo(of rest: [String]) throws -> Reply {
        guard let identifier = rest.first, identifier.split(separator: ".").count == 2 else {
            throw Problem.violation("this is no identifier of a certificate (RFC 9773, 4.1)")
        }
        guard let certificate = issued.first(where: { $0.identifier == identifier }) else {
            throw Problem(404, "malformed", "\(identifier) is not from here")
        }
        let length = certificate.life.upperBound.timeIntervalSince(certificate.life.lowerBound)
        var start = certificate.life.lowerBound.addingTimeInterval(length * 2 / 3)
        var end = start.addingTimeInterval(length / 45)
        if certificate.revocation != nil {
            (start, end) = (now.addingTimeInterval(-7200), now.addingTimeInterval(-3600))
        }
        var (members, wait): ([String: Any], String?) = ([:], "21600")
        for case .renewal(let flaw) in misbehaviours {
            switch flaw {
            case .window(let first, let last, let retryAfter): (start, end, wait) = (first, last, retryAfter)
            case .inverted: (start, end) = (end, start)
            case .explanation(let url): members["explanationURL"] = url
            case .retryAfter(let text): wait = text
            case .malformedDates, .missingWindow, .numbers: break
            }
        }
        members["suggestedWindow"] = ["start": text(start), "end": text(end)]
        for case .renewal(let flaw) in misbehaviours {
            switch flaw {
            case .malformedDates: members["suggestedWindow"] = ["start": "tomorrow", "end": "2026-13-45T99:00:00Z"]
            case .missingWindow: members["suggestedWindow"] = nil
            case .numbers: members["suggestedWindow"] = ["start": 0, "end": 1e300]
            default: break
            }
        }
        var reply = Reply(200, ["Content-Type": "application/json"], body: JSON.data(members))
        if let wait { reply.headers.add(name: "Retry-After", value: wait) }
        return reply
    }

    private var flaw: CertificateFlaw? {
        for case .certificate(let flaw) in misbehaviours { return flaw }
        return nil
    }

    /// A little before now, since clocks differ. Certificates know whole seconds.
    private func life(_ order: Order) -> Range<Date> {
        let length = Double(settings.lifetime.components.seconds)
        let early = Date(timeIntervalSince1970: (now.timeIntervalSince1970 - min(3600, length / 10)).rounded(.down))
        let start = order.life.start ?? early
        let end = order.life.end ?? start.addingTimeInterval(length)
        return start..<max(end, start.addingTimeInterval(1))
    }

    private func maySpeak(_ account: Int, for certificate: Issued) -> Bool {
        let own = authorizations.filter { $0.account == account && $0.status == "valid" }
        return certificate.account == url(.account, account)
            || Set(certificate.subjects).isSubset(of: own.map(\.name))
    }

    /// RFC 9773, 4.1: the content of the INTEGER has a zero in front where its first bit is set.
    private func identifier(_ serial: [UInt8]) throws -> String {
        let key = authority.intermediates[0].authorityKeyIdentifier.keyIdentifier ?? []
        let content = (serial.first ?? 0) >= 0x80 ? [0] + serial : serial
        return "\(JSON.encode(key)).\(JSON.encode(content))"
    }

    private static func badRequest(_ detail: String) -> Problem { .violation(detail, type: "badCSR") }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits: String = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return String(digits.drop { $0 == "0" })
    }

    private static func der(_ certificate: Certificate) throws -> [UInt8] {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return serializer.serializedBytes
    }
}

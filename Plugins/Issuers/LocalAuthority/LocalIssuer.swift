import Automation
import Certificates
import Foundation
import PluginKit
import X509

/// Issues from one local authority.
struct LocalIssuer: Issuer {
    /// A certificate begins a little before now, for clients whose clocks are behind; a short one less.
    private static let headStart = Span.minutes(1)

    let settings: AuthoritySettings
    let context: PluginContext
    let cache: IdentityCache

    var vault: AuthorityVault { AuthorityVault(context: context, cache: cache) }
    var now: Instant { Instant(context.clock.now) }

    /// The serial number and the dates are durable before the certificate exists.
    func begin(_ request: IssuanceRequest, _ journal: any Journal) async throws -> Issuance {
        let signing = try accept(request)
        let issuers = try await vault.currentIntermediates(settings)
        return try await reserve(request, signing, issuers, journal)
    }

    /// Signs what was reserved: the same serial number and dates. Only where the reserved dates are over is another
    /// serial number reserved: the old one can't make a valid certificate any more.
    func resume(
        _ request: IssuanceRequest, from handle: Handle, _ journal: any Journal
    ) async throws -> Issuance {
        let signing = try accept(request)
        let reservation = try handle.decode(Reservation.self)
        guard reservation.purpose == Reservation.purpose(of: request, signing) else {
            throw PluginFailure.otherReservation()
        }
        let issuers = try await vault.currentIntermediates(settings)
        guard reservation.notAfter > now else { return try await reserve(request, signing, issuers, journal) }
        let reserved = issuers.first { $0.certificate.fingerprint.sha256 == reservation.issuer }
        guard let issuer = reserved ?? issuers.first else { throw PluginFailure.authorityNotCreated() }
        try requireValid(issuer)
        return try issue(signing, reservation, by: issuer, handle)
    }

    // MARK: Steps

    /// The request's names are those of the order, its key signed it, and the rules permit every name.
    private func accept(_ request: IssuanceRequest) throws -> SigningRequest {
        let signing: SigningRequest
        do {
            signing = try SigningRequest(der: request.signingRequest)
        } catch {
            throw PluginFailure.badRequest(error)
        }
        guard Set(request.subjects.map { Subject($0) }) == Set(signing.subjects) else {
            throw PluginFailure.requestMismatch()
        }
        let rules = settings.permittedNames
        if !rules.isEmpty,
            let subject = signing.subjects.first(where: { name in !rules.contains { $0.contains(name) } })
        {
            throw PluginFailure.nameNotPermitted(subject, rules)
        }
        return signing
    }

    private func reserve(
        _ request: IssuanceRequest, _ signing: SigningRequest, _ issuers: [SigningIdentity], _ journal: any Journal
    ) async throws -> Issuance {
        guard let issuer = issuers.first else { throw PluginFailure.authorityNotCreated() }
        try requireValid(issuer)
        let begin = max(now - min(Self.headStart, settings.lifetime / 20), issuer.certificate.notBefore)
        let reservation = Reservation(
            serial: try Serial(context.entropy), notBefore: begin,
            notAfter: min(begin + settings.lifetime, issuer.certificate.notAfter),
            issuer: issuer.certificate.fingerprint.sha256, purpose: Reservation.purpose(of: request, signing))
        let handle = try Handle(reservation)
        try await journal.record(.ordered, handle)
        return try issue(signing, reservation, by: issuer, handle)
    }

    private func requireValid(_ issuer: SigningIdentity) throws {
        let now = now
        guard issuer.certificate.notBefore <= now else {
            throw PluginFailure.clockBehind(issuer.certificate, now: now)
        }
        guard issuer.certificate.notAfter > now else { throw PluginFailure.authorityExpired(issuer.certificate) }
    }

    private func issue(
        _ signing: SigningRequest, _ reservation: Reservation, by issuer: SigningIdentity, _ handle: Handle
    ) throws -> Issuance {
        let name = Self.name(for: signing.subjects)
        let template = CertificateTemplate(
            serial: reservation.serial, notBefore: reservation.notBefore,
            notAfter: min(reservation.notAfter, issuer.certificate.notAfter),
            subject: name, publicKey: signing.publicKey,
            extensions: try LeafExtensions(settings: settings, issuer: issuer).list(
                subjects: signing.subjects, publicKey: signing.publicKey, isNamed: !name.isEmpty))
        let leaf = try template.signed(by: issuer.key, named: issuer.certificate.x509.subject)
        return .issued(chains: [[leaf, issuer.certificate.der]], handle)
    }

    /// The first DNS name that fits into a common name: for people who look at lists; clients take the alternative
    /// names. Never an address: OpenSSL would hold it against name constraints as if it were a DNS name.
    private static func name(for subjects: [Subject]) -> DistinguishedName {
        for case .dns(let name) in subjects where name.utf8.count <= 64 {
            return (try? DistinguishedName { CommonName(name) }) ?? DistinguishedName()
        }
        return DistinguishedName()
    }
}

import Automation
import Certificates
import Curl
import Foundation
import PluginKit

extension OrderWork {
    private static let largestChain = 262_144

    /// Fetches the certificate and checks it (RFC 8555, 7.4.2 and 11.4): our key, exactly our names, valid now, every
    /// signature. Nothing that fails is handed on.
    func download(_ order: Resources.Order, _ log: OrderLog) async throws -> Issuance {
        guard let certificate = order.certificate else {
            throw PluginFailure.unreadableAnswer(session.host, "the order for \(request.label)")
        }
        let url = try session.rules.accept(certificate, "certificate")
        let response = try await fetchChain(url)
        let chain: CertificateChain
        do {
            chain = try check(response.body)
        } catch let failure as CertificateFailure {
            try await log.write(.prepared) { $0.isClosed = true }
            throw PluginFailure.badCertificate(session.host, request.label, failure)
        }
        let chains = try await preferred(chain, response, log)
        await budgets.issued(request.subjects, isReplacement: log.record.isReplacement)
        return .issued(chains: chains.map(\.der), try Handle(log.record))
    }

    private func fetchChain(_ url: String) async throws -> HTTPResponse {
        try await session.fetch(
            url, account.signer, "the certificate for \(request.label)", accept: "application/pem-certificate-chain",
            largest: Self.largestChain)
    }

    private func check(_ body: Data) throws -> CertificateChain {
        let chain = try CertificateChain(reading: body, key: request.publicKey)
        try chain.verify(key: request.publicKey, subjects: request.names, at: Instant(clock.now))
        return chain
    }

    /// The chain that the profile prefers first; others are fetched only where the first is not it.
    private func preferred(
        _ first: CertificateChain, _ response: HTTPResponse, _ log: OrderLog
    ) async throws -> [CertificateChain] {
        guard let name = settings.preferredChain, !first.leads(to: name) else { return [first] }
        var chains = [first]
        for url in LinkHeader.targets("alternate", in: response) {
            let url = try session.rules.accept(url, "alternate")
            guard let other = try? check(try await fetchChain(url).body) else {
                try Task.checkCancellation()
                log.note("an alternate chain does not hold: it is passed over")
                continue
            }
            if other.leads(to: name) { return [other] + chains }
            chains.append(other)
        }
        log.note("\(session.host) offers no chain to \"\(name)\": its own first is used")
        return chains
    }
}

extension CertificateChain {
    /// Whether a root or issuer of that common name, or distinguished name, stands in or above it.
    func leads(to name: String) -> Bool {
        certificates.contains { certificate in
            let issuer = certificate.issuer
            return issuer.caseInsensitiveEquals(name)
                || issuer.split(separator: ",").contains {
                    $0.hasPrefix("CN=") && $0.dropFirst(3).caseInsensitiveEquals(name)
                }
        }
    }
}

extension StringProtocol {
    fileprivate func caseInsensitiveEquals(_ other: String) -> Bool { lowercased() == other.lowercased() }
}

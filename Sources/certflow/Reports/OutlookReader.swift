import Automation
import Runner
import Server
import Storage

/// Reads what will happen to one certificate, or to all.
struct OutlookReader {
    private static let page = 500

    private let opened: OpenedHome

    init(_ opened: OpenedHome) { self.opened = opened }

    /// - Parameters:
    ///   - name: all but the retired ones where it is nil, in the order of their names.
    ///   - until: where the forecast ends.
    ///   - showing: runs before that are assumed, but not told; nil for all.
    func outlooks(
        _ name: String?, until: (CertificateOverview) -> Instant, showing: Instant? = nil
    ) async throws -> [Outlook] {
        try await opened.foreseeing { foresight in
            var outlooks: [Outlook] = []
            for overview in try await overviews(name) {
                outlooks.append(
                    try await foresight.outlook(of: overview, until: until(overview), showing: showing))
            }
            return outlooks
        }
    }

    private func overviews(_ name: String?) async throws -> [CertificateOverview] {
        if let name {
            let certificate = try await opened.ledger.knownCertificate(name)
            return [try await opened.ledger.overview(certificate.id)].compactMap { $0 }
        }
        var all: [CertificateOverview] = []
        var last: Int64 = 0
        while true {
            let page = try await opened.ledger.overviews(after: last, limit: Self.page)
            guard let end = page.last else { break }
            last = end.certificate.id
            all += page.filter { !$0.certificate.isRetired }
        }
        return all.sorted { $0.certificate.name < $1.certificate.name }
    }
}

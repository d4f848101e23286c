/// Which certificates a person may see: those that bear all of these labels; all of them where it names none.
package struct CertificateScope: Hashable, Sendable {
    package static let all = CertificateScope()

    package var labels: [String: String]

    package init(labels: [String: String] = [:]) { self.labels = labels }

    package func admits(_ labels: [String: String]) -> Bool {
        self.labels.allSatisfy { labels[$0.key] == $0.value }
    }
}

import Automation
import Crypto
import Foundation

/// What was ordered, issued and refused at one CA, as far back as its limits look. Times are seconds since 1970.
struct BudgetRecord: Codable, Sendable, Equatable {
    /// Orders, by periods of five minutes.
    var orders: [Int64: Int] = [:]
    /// When certificates for exactly one set of names were issued, by the set's digest.
    var sets: [String: [Int64]] = [:]
    /// Certificates by registered domain and hour.
    var domains: [String: [Int64: Int]] = [:]
    /// When the CA could not validate a name.
    var failures: [String: [Int64]] = [:]

    /// Names are kept as digests: the record stays small whatever they are.
    static func digest(_ names: some Sequence<Subject>) -> String {
        let text = names.map(\.description).sorted().joined(separator: ",")
        return Base64URL.encode(Data(SHA256.hash(data: Data(text.utf8))).prefix(9))
    }

    /// The last two labels: for `example.co.uk` that counts all of `co.uk` as one domain, and so errs on the careful
    /// side without a list of public suffixes. An address is its own domain.
    static func domain(_ subject: Subject) -> String {
        switch subject {
        case .dns(let name): name.split(separator: ".").suffix(2).joined(separator: ".")
        case .ip: subject.description
        }
    }

    /// Drops what no limit looks back to.
    mutating func forget(_ now: Int64) {
        orders = orders.filter { $0.key * BudgetLimits.orderPeriod > now - BudgetLimits.orderSpan }
        sets = sets.compactMapValues { Self.recent($0, now - BudgetLimits.issueSpan) }
        failures = failures.compactMapValues { Self.recent($0, now - BudgetLimits.failureSpan) }
        domains = domains.compactMapValues { hours in
            let kept = hours.filter { $0.key * 3600 > now - BudgetLimits.issueSpan }
            return kept.isEmpty ? nil : kept
        }
    }

    private static func recent(_ times: [Int64], _ start: Int64) -> [Int64]? {
        let kept = times.filter { $0 > start }
        return kept.isEmpty ? nil : kept
    }
}

/// Let's Encrypt's published limits, less a tenth or at least one: what else uses the same account or names needs room.
enum BudgetLimits {
    static let (orders, orderSpan, orderPeriod): (Int, Int64, Int64) = (270, 3 * 3600, 300)
    static let (perSet, perDomain, issueSpan): (Int, Int, Int64) = (4, 45, 7 * 86_400)
    static let (failures, failureSpan): (Int, Int64) = (4, 3600)
}

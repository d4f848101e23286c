import Automation
import Foundation
import PluginKit

extension BudgetRecord {
    /// Why these names should not be ordered now, and until when; nil where they may.
    /// - Parameter isReplacement: renewals that name their predecessor count for nothing but failures.
    func obstacle(_ subjects: Set<Subject>, isReplacement: Bool, now: Int64) -> (what: String, until: Date)? {
        for subject in subjects.sorted(by: { $0.description < $1.description }) {
            let times = (failures[Self.digest([subject])] ?? []).filter { $0 > now - BudgetLimits.failureSpan }
            if let end = Self.end(times, BudgetLimits.failures, BudgetLimits.failureSpan) {
                return ("\(subject) failed validation \(times.count) times within an hour", end)
            }
        }
        if isReplacement { return nil }
        let recent = orders.filter { $0.key * BudgetLimits.orderPeriod > now - BudgetLimits.orderSpan }
        if recent.values.reduce(0, +) >= BudgetLimits.orders, let first = recent.keys.min() {
            let until = (first + 1) * BudgetLimits.orderPeriod + BudgetLimits.orderSpan
            return ("\(BudgetLimits.orders) orders within three hours", Self.date(until))
        }
        let issued = (sets[Self.digest(subjects)] ?? []).filter { $0 > now - BudgetLimits.issueSpan }
        if let end = Self.end(issued, BudgetLimits.perSet, BudgetLimits.issueSpan) {
            return ("\(issued.count) certificates for exactly these names within seven days", end)
        }
        return domainObstacle(subjects, now)
    }

    private func domainObstacle(_ subjects: Set<Subject>, _ now: Int64) -> (what: String, until: Date)? {
        for domain in Set(subjects.map(Self.domain)).sorted() {
            let hours = (domains[domain] ?? [:]).filter { $0.key * 3600 > now - BudgetLimits.issueSpan }
            guard hours.values.reduce(0, +) >= BudgetLimits.perDomain, let first = hours.keys.min() else { continue }
            let until = (first + 1) * 3600 + BudgetLimits.issueSpan
            return ("\(BudgetLimits.perDomain) certificates below \(domain) within seven days", Self.date(until))
        }
        return nil
    }

    /// When one more fits below `limit`; nil where it does now.
    private static func end(_ times: [Int64], _ limit: Int, _ span: Int64) -> Date? {
        guard times.count >= limit else { return nil }
        return date(times.sorted()[times.count - limit] + span)
    }

    private static func date(_ seconds: Int64) -> Date { Date(timeIntervalSince1970: TimeInterval(seconds)) }
}

import Automation
import Storage

/// What `/metrics` says, in Prometheus' text format 0.0.4.
struct MetricsText {
    private let house: House
    private let metrics: Metrics

    init(_ house: House, _ metrics: Metrics) {
        self.house = house
        self.metrics = metrics
    }

    func text() async throws -> String {
        let (ledger, now) = (house.ledger, house.now())
        let counts = try await ledger.counts()
        var lines: [String] = []
        func gauge(_ name: String, _ about: String, _ values: [(labels: String, value: String)]) {
            lines.append("# HELP certflow_\(name) \(about)")
            lines.append("# TYPE certflow_\(name) \(name.hasSuffix("_total") ? "counter" : "gauge")")
            for (labels, value) in values { lines.append("certflow_\(name)\(labels) \(value)") }
        }
        gauge("certificates", "Certificates that are managed.", [("", "\(counts.certificates)")])
        try await house.register.freshen(at: now)
        let days: [Int64] = [1, 3, 7, 14, 30, 60, 90]
        let (ended, within) = house.register.ending(within: days.map { Span.days($0) }, at: now)
        gauge("certificates_expired", "Certificates whose newest version has ended.", [("", "\(ended)")])
        gauge(
            "certificates_ending", "Certificates whose newest version ends within so many days, or has ended.",
            zip(days, within).map { ("{within_days=\"\($0)\"}", "\($1)") })
        gauge(
            "certificates_attention", "Certificates that wait for a person.",
            [("", "\(house.register.tally(at: now).attention)")])
        gauge("targets", "Places that certificates are published to.", [("", "\(counts.placements)")])
        gauge("due", "Work that is planned or due.", [("", "\(counts.due)")])
        gauge("running", "Work that runs at this moment.", [("", "\(counts.leases)")])
        gauge("events_total", "Events of the audit trail.", [("", "\(counts.events)")])
        let next = try await ledger.due(before: now, count: 1).first
        let lag = next.map { max(0, (now - $0.at).seconds) } ?? 0
        gauge("lag_seconds", "How long the work that is due longest has waited.", [("", "\(lag)")])
        if let last = house.lastPass() {
            gauge("last_pass_seconds", "How long ago the scheduler last looked.", [("", "\((now - last).seconds)")])
        }
        let work = house.tally.counts
        func labels(_ key: String, _ second: String) -> String {
            let parts = key.split(separator: " ", maxSplits: 1)
            return "{stage=\"\(parts.first ?? "")\"" + (parts.count > 1 ? ",\(second)=\"\(parts[1])\"}" : "}")
        }
        gauge(
            "attempts_total", "Attempts that ended since the start, by how.",
            work.outcomes.sorted { $0.key < $1.key }.map { (labels($0.key, "outcome"), "\($0.value)") })
        gauge(
            "attempt_seconds_total", "Time that attempts took.",
            work.seconds.sorted { $0.key < $1.key }.map { (labels($0.key, ""), "\($0.value)") })
        gauge(
            "attempts_timed_total", "Attempts that attempt_seconds_total counts.",
            work.ended.sorted { $0.key < $1.key }.map { (labels($0.key, ""), "\($0.value)") })
        let requests = metrics.current
        gauge(
            "http_requests_total", "Requests that were answered.",
            requests.byStatus.sorted { $0.key < $1.key }.map { key, count in
                let parts = key.split(separator: " ")
                return ("{route=\"\(parts.first ?? "")\",status=\"\(parts.last ?? "")\"}", "\(count)")
            })
        gauge("http_seconds_total", "Time spent on answering.", [("", "\(requests.seconds)")])
        gauge(
            "http_refused_total", "Requests that were refused for want of rights.",
            requests.refused.sorted { $0.key < $1.key }.map { ("{code=\"\($0.key)\"}", "\($0.value)") })
        return lines.joined(separator: "\n") + "\n"
    }
}

import Automation
import Storage

extension Desk {
    /// What pausing or resuming changed.
    public struct Paused: Sendable {
        /// The certificates that it was done to.
        public var names: [String] = []
        /// Targets whose hold ended, "certificate -> profile/target".
        public var released: [String] = []
    }

    /// Which certificates are meant.
    public enum Selection: Sendable, Hashable {
        case name(String)
        case label(key: String, value: String)
        /// Each of them once.
        case names([String])
    }

    /// Starts nothing, finishes what runs, keeps alarms.
    public func pause(_ selection: Selection, until: Instant?) async throws -> Paused {
        if let until, until <= now() {
            throw DeskRefusal(
                "pause.time-past", "\(until) is past.", remedy: "Name a later time, or leave --until out.")
        }
        return try await act {
            var act = Act(result: Paused())
            for var certificate in try await selected(selection) {
                if certificate.isRetired { throw DeskRefusal.retired(certificate.name) }
                certificate.pause = Pause(by: person.name, reason: person.reason, since: now(), until: until)
                act.result.names.append(certificate.name)
                act.writes.append(.changeCertificate(certificate))
                act.events.append(
                    event(
                        "flow.paused", certificate.name, "", until.map { "until \($0.rfc3339)" } ?? "until resumed"))
            }
            return act
        }
    }

    /// Ends a pause, and holds that wait to be released. Does nothing to what is neither paused nor held.
    /// - Parameter releasing: whether holds end as well.
    public func resume(_ selection: Selection, releasing: Bool = true) async throws -> Paused {
        try await act {
            var act = Act(result: Paused())
            for var certificate in try await selected(selection) {
                var writes: [Change.Write] = []
                if certificate.pause != nil {
                    certificate.pause = nil
                    writes.append(.changeCertificate(certificate))
                }
                for placement in try await ledger.placements(of: certificate.id) {
                    var wish = try await ledger.wish(of: placement.id)
                    if releasing, wish.hold != nil {
                        wish.hold = nil
                        writes.append(.putWish(wish))
                        act.result.released.append("\(certificate.name) -> \(placement.name)")
                        act.events.append(event("hold.released", certificate.name, placement.name))
                    }
                    if !writes.isEmpty { writes.append(.hasten(PublicationPlanning.dueNow(placement, at: now()))) }
                }
                guard !writes.isEmpty else { continue }
                let group = WorkGroup.issuer(certificate.issuer)
                writes.append(.hasten(DueRecord(WorkKey(.renewal, certificate.id), at: now(), group: group)))
                act.result.names.append(certificate.name)
                act.writes += writes
                act.events.append(event("flow.resumed", certificate.name))
            }
            return act
        }
    }

    func selected(_ selection: Selection) async throws -> [CertificateRecord] {
        switch selection {
        case .name(let name): return [try await ledger.knownCertificate(name)]
        case .names(let names):
            var records: [CertificateRecord] = []
            for name in names { records.append(try await ledger.knownCertificate(name)) }
            return records
        case .label(let key, let value):
            var found: [CertificateRecord] = []
            var last: String?
            while true {
                let page = try await ledger.certificates(after: last, limit: 1000)
                guard let end = page.last else { break }
                last = end.name
                found += page.filter { $0.labels[key] == value && !$0.isRetired }
            }
            guard found.isEmpty else { return found }
            throw DeskRefusal(
                "label.unknown", "No certificate has the label \(key)=\(value).",
                remedy: "Labels stand in the file that was applied; `certflow show NAME` tells them.")
        }
    }
}

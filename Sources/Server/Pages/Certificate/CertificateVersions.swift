import Automation
import Runner
import Storage

/// The versions of a certificate, each with its life.
struct CertificateVersions {
    private let view: CertificateView
    private let versions: [VersionRecord]
    private let showsAll: Bool

    /// - Parameter versions: newest first.
    init(_ page: CertificatePage) {
        self.init(page.view, versions: page.versions, showsAll: page.showsAllVersions)
    }

    init(_ view: CertificateView, versions: [VersionRecord], showsAll: Bool) {
        self.view = view
        self.versions = versions
        self.showsAll = showsAll
    }

    var context: [String: Any] {
        let shown = showsAll ? versions[...] : versions.prefix(CertificatePage.versionsShown)
        let first = view.standing.run.map {
            $0.at <= view.now ? "It is issued by the next pass." : "It is issued \(view.clock.words($0.at))."
        }
        return [
            "versionsWords": versions.isEmpty ? "" : "\(versions.count) so far", "hasVersions": !versions.isEmpty,
            "noVersions": versions.isEmpty ? first ?? "None is issued by itself." : "",
            "versions": shown.map { row($0) }, "hasMoreVersions": shown.count < versions.count,
            "moreVersions": "All \(versions.count)", "moreVersionsHref": "\(view.address.path)?versions=all",
        ]
    }

    private func holders(_ version: VersionRecord) -> [TargetStanding] {
        view.standing.targets.filter { $0.placement.held?.number == version.number }
    }

    private func row(_ version: VersionRecord) -> [String: Any] {
        let holders = holders(version)
        let (kind, state) = standing(version, holders)
        let isShownFull = !holders.isEmpty || version.number == view.state.current
        let (tone, icon) = CertificateMark.shape(kind)
        let source = version.source == .imported ? ", imported" : ""
        return [
            "tone": tone, "icon": icon, "title": "Version \(version.number)", "state": state + source,
            "life": "\(view.clock.words(version.life.notBefore)) to \(view.clock.words(version.life.chainNotAfter))",
            "hasBar": isShownFull, "bar": isShownFull ? bar(version) : [:],
            "fingerprint": isShownFull ? CertificateTargets.grouped(version.fingerprint, 16) : "",
            "hasActs": !acts(version).isEmpty, "acts": acts(version), "hasServedBy": !holders.isEmpty,
            "servedBy": CertificateView.list(holders.map { view.short($0.placement) }, atMost: 6),
        ]
    }

    /// What is still trusted can be revoked.
    private func acts(_ version: VersionRecord) -> [[String: Any]] {
        guard view.person.may(.operate), version.revokedAt == nil, version.life.notAfter > view.now else { return [] }
        return [("Revoke\u{2026}", "revoke"), ("It was revoked\u{2026}", "revoked")].map { label, verb in
            ["label": label, "href": "\(view.address.act(verb))?version=\(version.number)"]
        }
    }

    private func standing(_ version: VersionRecord, _ holders: [TargetStanding]) -> (Mark.Kind, String) {
        let (isCurrent, now) = (version.number == view.state.current, view.now)
        if version.revokedAt != nil { return (.needsPerson, "revoked") }
        if version.life.chainNotAfter <= now {
            return isCurrent || !holders.isEmpty ? (.needsPerson, "expired") : (.off, "expired")
        }
        guard isCurrent else {
            return holders.isEmpty ? (.off, "superseded") : (.retrying, "in service, a newer one is there")
        }
        if version.life.notBefore > now { return (.waiting, "begins \(view.clock.words(version.life.notBefore))") }
        if view.activity.contains(.publishing) { return (.running, "publishing") }
        let managed = view.standing.managed
        if managed.isEmpty { return (.done, "published nowhere") }
        if managed.allSatisfy(\.holdsCurrent) { return (.done, "in service") }
        return (.waiting, holders.isEmpty ? "not published yet" : "published to \(holders.count) of \(managed.count)")
    }

    /// In hundredths of the life.
    private func bar(_ version: VersionRecord) -> [String: Any] {
        let life = version.life
        let span = (life.chainNotAfter - life.notBefore).seconds
        func share(_ instant: Instant) -> Int {
            guard span > 0 else { return 100 }
            return Int(min(max((instant - life.notBefore).seconds * 100 / span, 0), 100))
        }
        let isCurrent = version.number == view.state.current
        let plan = isCurrent ? view.standing.run.map { max($0.at, view.now) } : nil
        let inTime = plan.map { $0 < life.chainNotAfter } ?? false
        return [
            "isLate": isCurrent ? !inTime : true, "gone": String(share(view.now)), "hasPlan": inTime,
            "plan": inTime ? plan.map { String(share($0)) } ?? "" : "",
        ]
    }
}

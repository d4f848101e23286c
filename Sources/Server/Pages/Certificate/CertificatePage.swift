import Automation
import Certificates
import Foundation
import Runner
import Storage

/// The page of one certificate: what the template `certificate` is given.
struct CertificatePage: Sendable {
    static let attemptsShown = 20
    static let attemptsRead = 400
    static let versionsShown = 4

    let view: CertificateView
    /// Newest first.
    let versions: [VersionRecord]
    let material: VersionMaterial?
    let attempts: CertificateAttempts
    let lastChange: EventDraft?
    let showsAllVersions: Bool
    let onlyFailed: Bool

    init(_ exchange: Exchange) async throws {
        let view = try await CertificateView(exchange)
        let ledger = exchange.house.ledger
        self.view = view
        showsAllVersions = exchange.query["versions"] == "all"
        onlyFailed = exchange.query["attempts"] == "failed"
        versions = try await ledger.versions(of: view.record.id, limit: 1000)
        let current = view.state.current
        material = current > 0 ? try await ledger.material(of: view.record.id, number: current) : nil
        attempts = try await CertificateAttempts(view, limit: Self.attemptsRead)
        lastChange = try await ledger.latestEvents(certificate: view.name, limit: 200).map(\.draft)
            .first { ["flow.changed", "certificate.changed", "certificate.created"].contains($0.kind) }
    }

    var context: [String: Any] {
        let address = view.address
        var context: [String: Any] = [
            "pageTitle": view.name, "crumbs": view.crumbs(), "name": view.name, "href": address.path, "lede": lede,
            "hasLabels": !view.record.labels.isEmpty, "labels": labels, "mayAct": view.mayAct,
            "mayExport": view.person.exportsKeys && view.state.current > 0,
            "mayDelete": view.person.may(.operate), "mayEdit": view.person.may(.operate),
            "isPaused": view.pause != nil || !held.isEmpty,
            "trio": CertificateTrio(view).context, "asOf": view.clock.time(view.now),
            "liveMark": view.mark,
        ]
        let note = stopNote
        context["hasPause"] = note != nil
        context["pause"] = note ?? [:]
        context.merge(targets) { $1 }
        context.merge(shownAttempts) { $1 }
        context.merge(CertificateRemedies(view).context) { $1 }
        context.merge(CertificateVersions(self).context) { $1 }
        context.merge(side) { $1 }
        return context
    }

    // MARK: Head

    private var held: [TargetStanding] { view.standing.targets.filter { $0.hold != nil } }

    /// "and cart.example.com. lets-encrypt, 47 days, ECDSA P-256. Times are Europe/Berlin."
    private var lede: String {
        let others = view.record.subjects.map(\.description).filter { $0 != view.name }
        var facts = [view.record.issuer]
        if let life = view.state.life { facts.append(Wording.words(life.length)) }
        facts.append(view.record.key.type.title)
        let names = others.isEmpty ? "Only this name." : "and \(CertificateView.list(others, atMost: 20))."
        return "\(names) \(facts.joined(separator: ", ")). Times are \(view.rules.window.zone.identifier)."
    }

    private var labels: [[String: Any]] {
        view.record.labels.sorted { $0.key < $1.key }.map { key, value in
            ["label": "\(key): \(value)", "href": "/automated?label=\(AddressText.encoded("\(key):\(value)"))"]
        }
    }

    /// Why nothing of it goes on by itself; nil where nothing stops it.
    private var stopNote: [String: Any]? {
        if view.record.isRetired {
            return CertificateMark.note(
                .held, "Taken out of service:", "nothing of it is renewed or published; its records are kept.")
        }
        let holds = held.compactMap { target in
            target.hold.map { "\(view.short(target.placement)) is held at what it has \(words($0))." }
        }
        if let pause = view.pause {
            let end = pause.until.map { " until \(view.clock.words($0))" } ?? " until resumed"
            return CertificateMark.note(
                .held, "Paused by \(pause.by)\(end):", pause.reason.isEmpty ? "no reason was given" : pause.reason,
                more: holds)
        }
        guard let first = holds.first else { return nil }
        return CertificateMark.note(.held, "Held by hand:", first, more: Array(holds.dropFirst().prefix(20)))
    }

    private func words(_ hold: PlacementWish.Hold) -> String {
        let end = hold.untilReleased ? "until released" : "until the next version"
        return "\(end), by \(hold.by) since \(view.clock.words(hold.since))"
            + (hold.reason.isEmpty ? "" : ": \(hold.reason)")
    }

    // MARK: Targets

    private var targets: [String: Any] {
        let rows = CertificateTargets(view, current: versions.first).rows
        let noTargets: [String: Any] =
            rows.isEmpty
            ? CertificateMark.empty(
                "No targets",
                view.record.flow.profiles.isEmpty
                    ? "The flow names no publishing profile." : "Its profiles name no target, or can't be read.",
                act: view.mayAct ? ("Automated flow", view.address.act("flow")) : nil) : [:]
        return [
            "profiles": view.record.flow.profiles.map {
                ["name": $0, "href": "/profiles/\(AddressText.encoded($0))"]
            },
            "targetsWords": CertificateTargets(view, current: nil).summary, "hasTargets": !rows.isEmpty,
            "noTargets": noTargets, "targets": rows,
        ]
    }

    // MARK: Attempts

    private var shownAttempts: [String: Any] {
        let all = onlyFailed ? attempts.items.filter { $0.isFailure } : attempts.items
        let shown = all.prefix(Self.attemptsShown)
        let older = all.count - shown.count
        let more = attempts.isCut ? "more than \(older)" : "\(older)"
        let none =
            onlyFailed
            ? CertificateMark.empty("No failures", "None of the kept attempts failed.")
            : CertificateMark.empty(
                "No attempts yet", "The first renewal and publication will stand here, with its log.")
        return [
            "onlyFailed": onlyFailed, "hasAttempts": !shown.isEmpty, "noAttempts": shown.isEmpty ? none : [:],
            "attempts": shown.enumerated().map { index, item in
                attempts.context(item, isOpen: item.isRunning || item.isFailure && index == 0)
            },
            "hasOlder": older > 0, "olderHref": "/runs?name=\(AddressText.encoded(view.name))",
            "olderWords": "Older attempts (\(more))",
        ]
    }

    // MARK: Beside

    private var side: [String: Any] {
        let chain = self.chain
        return [
            "flow": flow, "hasChain": !chain.isEmpty, "chainTitle": "Chain of version \(view.state.current)",
            "chain": chain, "about": about,
        ]
    }

    private static func pair(_ label: String, _ text: String) -> [String: Any] { ["label": label, "text": text] }

    private var flow: [[String: Any]] {
        let rules = view.rules
        var rows: [[String: Any]] = []
        let choice = FlowDraft.RenewChoice(rules.renewIn).label
        let days = rules.renewIn.days.map { ", \(Wording.count($0, "day"))" } ?? ""
        rows.append(Self.pair("Renovation", rules.renewalEnabled ? choice + days : "off"))
        let profiles = view.record.flow.profiles
        let location = profiles.isEmpty ? "no profile" : profiles.joined(separator: ", ")
        rows.append(
            Self.pair(
                "Publishing", rules.publicationEnabled ? "\(rules.publishOn.label), \(location)" : "off (\(location))"))
        rows.append(Self.pair("Window", Self.words(rules.window)))
        if let other = rules.publicationWindow, other != rules.window {
            rows.append(Self.pair("Window of publication", Self.words(other)))
        }
        if rules.publicationEnabled { rows.append(Self.pair("If no period is left", rules.lastResort.label)) }
        let change = lastChange.map { "\($0.actor), \(view.clock.words($0.at))" }
        let none = view.record.revision == 0 ? "none since it was added" : "long ago"
        rows.append(Self.pair("Last change", change ?? none))
        return rows
    }

    private static func words(_ window: Window) -> String {
        "\(WindowWords(window).choice), \(window.zone.identifier)"
    }

    /// From the bytes of the current version; empty where there are none, or they can't be read.
    private var chain: [[String: Any]] {
        let certificates = (material?.chain ?? []).compactMap { try? SignedCertificate(der: $0) }
        guard let leaf = certificates.first else { return [] }
        var rows = [Self.pair("Leaf", leaf.label), Self.pair("Serial", leaf.serial)]
        for certificate in certificates.dropFirst() {
            rows.append(Self.pair("Signed by", "\(certificate.label), to \(view.clock.words(certificate.notAfter))"))
        }
        if let last = certificates.last, !last.isSelfIssued { rows.append(Self.pair("Root", last.issuer)) }
        let key = view.versionKey(versions.first?.keyType)
        rows.append(Self.pair("Key", material?.sealedKey == nil ? "\(key), not kept here" : "\(key), sealed"))
        return rows
    }

    private var about: [[String: Any]] {
        let record = view.record
        var rows: [[String: Any]] = []
        if !record.owner.isEmpty { rows.append(Self.pair("Owner", record.owner)) }
        if !record.note.isEmpty { rows.append(Self.pair("Note", record.note)) }
        let fallback = record.fallback.map { ", else \($0.issuer) after \(Wording.words($0.after)) of failures" } ?? ""
        rows.append(Self.pair("Issuer", record.issuer + fallback))
        rows.append(Self.pair("Names", CertificateView.list(record.subjects.map(\.description), atMost: 100)))
        rows.append(Self.pair("Created", view.clock.words(record.createdAt)))
        return rows
    }
}

extension CertificateView {
    /// "ECDSA P-256, new for each version"
    func versionKey(_ type: KeyType?) -> String {
        "\((type ?? record.key.type).title), \(record.key.reuse ? "kept at renewals" : "new for each version")"
    }
}

extension KeyType {
    var title: String {
        switch self {
        case .ecdsaP256: "ECDSA P-256"
        case .ecdsaP384: "ECDSA P-384"
        case .rsa2048: "RSA 2048"
        case .rsa3072: "RSA 3072"
        case .rsa4096: "RSA 4096"
        }
    }
}

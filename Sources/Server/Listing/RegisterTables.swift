import Automation
import Runner
import Storage

/// What rows share, and how a certificate's standing becomes a row.
struct RegisterTables: Sendable {
    /// What of an error is kept and searched; the rest stands on the certificate's page.
    private static let longestError = 400

    private(set) var issuers = Interned<String>()
    private(set) var profiles = Interned<[String]>()
    private(set) var zones = Interned<Zone>()
    private(set) var labels = Interned<[String: String]>()
    private(set) var places = Interned<String>()

    mutating func row(_ standing: CertificateStanding, recheck: Span = .seconds(10)) -> FreshRow {
        let (certificate, state, now) = (standing.certificate, standing.state, standing.at)
        let figures = standing.figures
        let words = Self.words(standing)
        let publication = standing.nextPublication
        let publishesFirst = figures.nextPublication < figures.nextRenewal
        var stored = StoredRow(
            id: certificate.id, issuer: issuers.number(of: certificate.issuer),
            profiles: profiles.number(of: certificate.flow.profiles),
            zone: zones.number(of: certificate.flow.rules.window.zone), labels: labels.number(of: certificate.labels),
            figures: figures, notBefore: state.life?.notBefore ?? .distantFuture,
            next: publishesFirst ? publication?.run : standing.run,
            nextStage: publishesFirst ? .publication : .renewal, last: .none, lastAt: .distantPast,
            staleAt: Self.staleAt(standing, figures, recheck), readAt: now)
        (stored.last, stored.lastAt) = Self.last(standing)
        var text = Array(certificate.name.lowercased().utf8)
        stored.nameEnd = UInt32(clamping: text.count)
        text.append(0x0A)
        text += certificate.subjects.map { $0.description.lowercased() }.joined(separator: "\n").utf8
        stored.namesEnd = UInt32(clamping: text.count)
        for trouble in words.troubles {
            text.append(0x0A)
            text += trouble.message.lowercased().utf8
        }
        // Ends the row, so that nothing is found across two of them.
        text.append(0x0A)
        stored.textEnd = UInt32(clamping: text.count)
        let stands = standing.targets.map { place($0) }
        stored.placeCount = UInt32(clamping: stands.count)
        return FreshRow(stored: stored, text: text, places: stands, words: words.isEmpty ? nil : words)
    }

    private mutating func place(_ target: TargetStanding) -> StoredPlace {
        let placement = target.placement
        var flags: StoredPlace.Flags = []
        if target.isManaged { flags.insert(.managed) }
        if target.holdsCurrent { flags.insert(.current) }
        if target.isChecked { flags.insert(.checked) }
        if target.hold != nil { flags.insert(.heldByHand) }
        if let trouble = placement.trouble { flags.formUnion(trouble.needsAttention ? [.fails, .stuck] : .fails) }
        let outcome: StoredPlace.Outcome =
            switch target.isChecked ? target.proof?.outcome : nil {
            case .serving?: .serving
            case .different?: .different
            case .unreachable?: .unreachable
            case nil: .none
            }
        return StoredPlace(
            id: placement.id, place: places.number(of: placement.name),
            version: placement.held.map { Int32(clamping: $0.number ?? 0) } ?? -1, flags: flags, outcome: outcome,
            end: placement.held?.life.chainNotAfter ?? .distantFuture,
            provedAt: target.proof?.at ?? .distantPast)
    }

    private static func words(_ standing: CertificateStanding) -> RowWords {
        let certificate = standing.certificate
        var words = RowWords()
        if certificate.name != certificate.name.lowercased() { words.name = certificate.name }
        func add(_ trouble: Trouble?, _ placement: PlacementRecord?) {
            guard let trouble else { return }
            // One text for everybody who sees the certificate; whose place it is stands on its page.
            let message = trouble.code == OwnedPlace.code ? OwnedPlace.words : trouble.message
            words.troubles.append(
                RowWords.Trouble(
                    target: placement?.name, placement: placement?.id, since: trouble.since,
                    message: String(message.prefix(longestError)),
                    remedy: String(trouble.remedy.prefix(longestError)), needsPerson: trouble.needsAttention))
        }
        add(standing.state.trouble, nil)
        for target in standing.targets { add(target.placement.trouble, target.placement) }
        if standing.isPaused, let pause = certificate.pause {
            words.pause = "by \(pause.by)" + (pause.reason.isEmpty ? "" : ": \(pause.reason)")
        }
        return words
    }

    /// The last thing that was done about it, by what its records tell.
    private static func last(_ standing: CertificateStanding) -> (StoredRow.LastKind, Instant) {
        var last: (kind: StoredRow.LastKind, at: Instant) = (.none, .distantPast)
        // Of one second the later stage counts.
        func take(_ kind: StoredRow.LastKind, _ at: Instant?) {
            if let at, at >= last.at { last = (kind, at) }
        }
        take(.renewed, standing.state.storedAt)
        for target in standing.targets where target.placement.held?.number != nil {
            take(.published, target.placement.held?.since)
        }
        take(.failed, standing.state.trouble?.lastAt)
        for target in standing.targets { take(.failed, target.placement.trouble?.lastAt) }
        return last
    }

    private static func staleAt(
        _ standing: CertificateStanding, _ figures: StandingFigures, _ recheck: Span
    ) -> Instant {
        let now = standing.at
        let moments = [
            figures.nextRenewal, figures.nextPublication, figures.end, figures.firstEndServed,
            standing.isPaused ? standing.certificate.pause?.until ?? .distantFuture : .distantFuture,
        ]
        // What is due already runs at any moment, or is planned for a later one.
        let isDue = figures.next <= now
        return (moments.filter { $0 > now } + (isDue ? [now + recheck] : [])).min() ?? .distantFuture
    }
}

import Automation
import Runner

/// What is asked of *Targets*.
package struct TargetQuery: Hashable, Sendable {
    /// All of its words must stand in the certificate's texts or the target's name.
    package var text = ""
    package var profile: String?
    package var state: TargetRow.State?
    package var page = 1
    package var size = ListQuery.usualSize
    /// Rows up to there are left out.
    package var after: ListCursor?

    static let order = "state"

    package init() {}
}

/// One certificate on one target, as *Targets* shows it.
package struct TargetRow: Sendable, Hashable {
    /// The weightiest that can be said of it, worst first.
    package enum State: String, Sendable, CaseIterable {
        /// A person has to do something.
        case needsPerson = "needs-person"
        /// It shows something else than what was published there.
        case drifted
        case expired, failing, unreachable
        case heldByHand = "held"
        /// It holds an older version, or nothing.
        case behind
        case notProved = "not-proved"
        /// Flow or profile name it no more: nothing is done there, its end stays listed.
        case unmanaged
        case serving
    }

    package var placement: Int64
    package var certificateID: Int64
    package var certificate: String
    package var profile: String
    package var target: String
    package var zone: Zone
    package var state: State
    /// What it holds; nil for nothing, 0 for one that is not ours.
    package var version: Int?
    /// What it should hold.
    package var current: Int
    package var end: Instant?
    package var provedAt: Instant?
    package var isManaged: Bool
    /// Its profile says how to find out what it serves.
    package var isChecked: Bool
    /// What was seen when somebody last looked; nil where nobody did.
    package var proof: Proof?
    package var trouble: RegisterRow.Trouble?

    package enum Proof: Sendable, Hashable { case serving, different, unreachable }
}

/// One page of *Targets*.
package struct TargetResult: Sendable {
    package var rows: [TargetRow]
    package var total: Int
    package var all: Int
    package var counts: [TargetRow.State: Int]
    package var page: Int
    package var pages: Int
    /// The place of the last row that is shown; nil where none comes behind it.
    package var next: ListCursor?
}

extension StoredPlace {
    func state(at now: Instant) -> TargetRow.State {
        if flags.contains(.stuck) { return .needsPerson }
        guard flags.contains(.managed) else { return end <= now ? .expired : .unmanaged }
        if outcome == .different { return .drifted }
        if end <= now { return .expired }
        if flags.contains(.fails) { return .failing }
        if outcome == .unreachable { return .unreachable }
        if flags.contains(.heldByHand) { return .heldByHand }
        if !flags.contains(.current) { return .behind }
        return outcome == .serving ? .serving : .notProved
    }
}

extension RegisterContent {
    /// Placements by their targets' names, then by certificate; the worst states first.
    func targets(_ query: TargetQuery, scope: CertificateScope, at now: Instant) -> TargetResult {
        var list = ListQuery()
        list.text = query.text
        let test = ListTest(list, scope: scope, content: self, at: now)
        let words = query.text.split(whereSeparator: \.isWhitespace).compactMap { Needle(String($0)) }
        let named = words.map { word in tables.places.marks { word.isIn($0) } }
        let labelled = words.map { word in
            tables.labels.marks { $0.contains { word.isIn("\($0.key):\($0.value)") } }
        }
        let profiles = tables.places.marks { place in
            query.profile.map { place.hasPrefix($0 + "/") } ?? true
        }
        let ranks = Self.ranks(tables.places.values)
        let isBehind = behind(query.after)
        var found: [(key: Int64, block: Int, row: Int, place: Int)] = []
        var counts: [TargetRow.State: Int] = [:]
        var all = 0
        for (number, block) in blocks.enumerated() {
            let texts = test.found(block).text
            for (index, row) in block.rows.enumerated() where test.isInScope(row) {
                for place in block.placeRange(row) {
                    let stored = block.places[place]
                    let state = stored.state(at: now)
                    all += 1
                    counts[state, default: 0] += 1
                    // A search for a target shows that target alone, not the certificate's others.
                    let isFound =
                        texts?[index] != false
                        && words.indices.allSatisfy { word in
                            named[word].holds(stored.place) || labelled[word].holds(row.labels)
                                || block.contains(words[word], in: block.textRange(row))
                        }
                    guard isFound, profiles.holds(stored.place), query.state.map({ $0 == state }) ?? true else {
                        continue
                    }
                    guard isBehind(state, stored, row) else { continue }
                    found.append((Self.severity(state) << 32 | ranks[Int(stored.place)], number, index, place))
                }
            }
        }
        let size = max(1, query.size)
        let pages = max(1, (found.count + size - 1) / size)
        let page = min(max(1, query.page), pages)
        let range = (page - 1) * size..<min(page * size, found.count)
        found.order(range) { ($0.key, $0.block, $0.row, $0.place) < ($1.key, $1.block, $1.row, $1.place) }
        let rows = found[range].map { shown(blocks[$0.block], blocks[$0.block].rows[$0.row], $0.place, now) }
        var result = TargetResult(rows: rows, total: found.count, all: all, counts: counts, page: page, pages: pages)
        if range.upperBound < found.count, let last = rows.last {
            result.next = ListCursor(
                order: TargetQuery.order, key: Self.severity(last.state), name: "\(last.profile)/\(last.target)",
                id: last.certificateID)
        }
        return result
    }

    /// Whether a place comes behind where a page ended: by its state, its name and its certificate.
    private func behind(_ cursor: ListCursor?) -> (TargetRow.State, StoredPlace, StoredRow) -> Bool {
        guard let cursor else { return { _, _, _ in true } }
        let names = tables.places.values.map { $0 == cursor.name ? 0 : $0 < cursor.name ? -1 : 1 }
        return { state, place, row in
            let severity = Self.severity(state)
            if severity != cursor.key { return severity > cursor.key }
            let order = names.indices.contains(Int(place.place)) ? names[Int(place.place)] : 1
            return order != 0 ? order > 0 : row.id > cursor.id
        }
    }

    private static let severities = Dictionary(
        uniqueKeysWithValues: TargetRow.State.allCases.enumerated().map { ($0.element, Int64($0.offset)) })

    private static func severity(_ state: TargetRow.State) -> Int64 {
        severities[state] ?? 0
    }

    private static func ranks(_ values: [String]) -> [Int64] {
        var ranks = [Int64](repeating: 0, count: values.count)
        for (rank, index) in values.indices.sorted(by: { values[$0] < values[$1] }).enumerated() {
            ranks[index] = Int64(rank)
        }
        return ranks
    }

    private func shown(_ block: RegisterBlock, _ row: StoredRow, _ place: Int, _ now: Instant) -> TargetRow {
        let stored = block.places[place]
        let name = (tables.places[stored.place] ?? "").split(separator: "/", maxSplits: 1).map(String.init)
        let trouble = block.words[row.id]?.troubles.first { $0.placement == stored.id }
        return TargetRow(
            placement: stored.id, certificateID: row.id, certificate: block.name(row), profile: name.first ?? "",
            target: name.count > 1 ? name[1] : "", zone: tables.zones[row.zone] ?? .utc, state: stored.state(at: now),
            version: stored.version < 0 ? nil : Int(stored.version), current: Int(row.figures.version),
            end: stored.end == .distantFuture ? nil : stored.end,
            provedAt: stored.provedAt == .distantPast ? nil : stored.provedAt,
            isManaged: stored.flags.contains(.managed), isChecked: stored.flags.contains(.checked),
            proof: proof(stored.outcome),
            trouble: trouble.map {
                RegisterRow.Trouble(
                    target: $0.target, since: $0.since, message: $0.message, remedy: $0.remedy,
                    needsPerson: $0.needsPerson)
            })
    }
}

extension RegisterContent {
    private func proof(_ outcome: StoredPlace.Outcome) -> TargetRow.Proof? {
        switch outcome {
        case .none: nil
        case .serving: .serving
        case .different: .different
        case .unreachable: .unreachable
        }
    }
}

extension CertificateRegister {
    /// What is published where.
    package nonisolated func targets(
        _ query: TargetQuery, scope: CertificateScope = .all, at now: Instant
    ) -> TargetResult {
        snapshot.targets(query, scope: scope, at: now)
    }
}

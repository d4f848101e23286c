import Automation
import Runner

/// A query made ready to be asked of each row: what rows share is decided once, texts are looked for once per block.
struct ListTest {
    let filters: [ListQuery.Filter]
    private let query: ListQuery
    private let now: Instant
    private let content: RegisterContent
    private let scoped: [Bool]
    private let labelled: [Bool]
    private let issuers: [Bool]
    private let profiles: [Bool]
    private let words: [Word]
    private let name: Needle?
    private let names: Needle?

    init(_ query: ListQuery, scope: CertificateScope, content: RegisterContent, at now: Instant) {
        self.query = query
        self.now = now
        self.content = content
        filters = query.filters
        let tables = content.tables
        scoped = tables.labels.marks { scope.admits($0) }
        labelled = tables.labels.marks { labels in query.labels.allSatisfy { labels[$0.key] == $0.value } }
        issuers = tables.issuers.marks { $0 == query.issuer }
        profiles = tables.profiles.marks { flow in query.profile.map { flow.contains($0) } ?? true }
        words = query.text.split(whereSeparator: \.isWhitespace).compactMap { Needle(String($0)) }.map { needle in
            Word(needle, tables)
        }
        name = query.name.flatMap { Needle($0) }
        names = query.names.flatMap { Needle($0) }
    }

    func isInScope(_ row: StoredRow) -> Bool { scoped.holds(row.labels) }

    func activity(_ row: StoredRow) -> Activity {
        content.activities.isEmpty ? [] : content.activities[row.id] ?? []
    }

    // MARK: Views

    func isIn(_ view: ListQuery.View, _ row: StoredRow) -> Bool {
        let figures = row.figures
        switch view {
        case .attention: return figures.needsPerson(at: now)
        case .notServing:
            let kind = figures.servingKind(activity(row), at: now)
            return kind == .needsPerson || kind == .retrying
        case .runsSoon: return figures.next <= now + .days(7)
        case .expiresSoon: return figures.end <= now + .days(14) && !figures.flags.contains(.retired)
        case .paused: return figures.flags.contains(.paused)
        case .off: return !figures.flags.contains(.renews) || figures.flags.contains(.retired)
        }
    }

    // MARK: Filters

    /// Whether a row passes one filter.
    /// - Parameter found: what `found(_:)` gave for its block.
    func passes(_ filter: ListQuery.Filter, _ row: StoredRow, _ index: Int, _ found: Found) -> Bool {
        let figures = row.figures
        switch filter {
        case .view: return query.view.map { isIn($0, row) } ?? true
        case .text: return found.text?[index] ?? true
        case .name: return found.name?[index] ?? true
        case .names: return found.names?[index] ?? true
        case .issuer: return issuers.holds(row.issuer)
        case .profile: return profiles.holds(row.profiles)
        case .label: return labelled.holds(row.labels)
        case .renewed: return figures.renewedKind(activity(row), at: now) == query.renewed
        case .published: return figures.publishedKind(activity(row)) == query.published
        case .serving: return figures.servingKind(activity(row), at: now) == query.serving
        case .expires:
            switch query.expires {
            case .expired?: return figures.end <= now
            case .within(let days)?: return figures.end <= now + .days(Int64(days))
            case .before(let day)?: return figures.end < day
            case nil: return true
            }
        case .next: return passesNext(row)
        case .last: return passesLast(row)
        }
    }

    private func passesNext(_ row: StoredRow) -> Bool {
        switch query.next {
        case .due?: row.figures.next <= now
        case .unplanned?: row.figures.next == .distantFuture
        case .renewal?: row.figures.nextRenewal != .distantFuture
        case .publication?: row.figures.nextPublication != .distantFuture
        case .within(let days)?: row.figures.next <= now + .days(Int64(days))
        case nil: true
        }
    }

    private func passesLast(_ row: StoredRow) -> Bool {
        switch query.last {
        case .failed?: row.last == .failed
        case .renewed?: row.last == .renewed
        case .published?: row.last == .published
        case .never?: row.last == .none
        case .within(let days)?: row.lastAt >= now - .days(Int64(days)) && row.last != .none
        case nil: true
        }
    }

    // MARK: Texts

    /// For each row of a block, whether the text that is looked for stands in it; nil where nothing is looked for.
    struct Found {
        var text: [Bool]?
        var name: [Bool]?
        var names: [Bool]?
    }

    func found(_ block: RegisterBlock) -> Found {
        var found = Found()
        block.text.withUnsafeBytes { bytes in
            for word in words {
                var rows = Self.rows(word.needle, bytes, block) { block.textRange($0) }
                if word.isShared { Self.addRows(&rows, word, block) }
                found.text = found.text.map { before in zip(before, rows).map { $0 && $1 } } ?? rows
            }
            if let name { found.name = Self.rows(name, bytes, block) { block.nameRange($0) } }
            if let names { found.names = Self.rows(names, bytes, block) { block.namesRange($0) } }
        }
        return found
    }

    /// Goes from match to match, and from each to the next row.
    private static func rows(
        _ needle: Needle, _ bytes: UnsafeRawBufferPointer, _ block: RegisterBlock, _ part: (StoredRow) -> Range<Int>
    ) -> [Bool] {
        var marks = [Bool](repeating: false, count: block.rows.count)
        var index = 0
        while index < block.rows.count {
            let start = Int(block.rows[index].textStart)
            guard let match = needle.first(in: bytes, from: start, to: bytes.count) else { break }
            while index < block.rows.count, Int(block.rows[index].textEnd) <= match { index += 1 }
            guard index < block.rows.count else { break }
            let range = part(block.rows[index])
            marks[index] = needle.first(in: bytes, from: range.lowerBound, to: range.upperBound) != nil
            index += 1
        }
        return marks
    }

    private static func addRows(_ rows: inout [Bool], _ word: Word, _ block: RegisterBlock) {
        for (index, row) in block.rows.enumerated() where !rows[index] {
            rows[index] =
                word.labels.holds(row.labels) || word.profiles.holds(row.profiles)
                || block.places[block.placeRange(row)].contains { word.places.holds($0.place) }
        }
    }

    /// One word that is looked for, with what rows share that it stands in.
    private struct Word {
        let needle: Needle
        let places: [Bool]
        let labels: [Bool]
        let profiles: [Bool]

        init(_ needle: Needle, _ tables: RegisterTables) {
            self.needle = needle
            places = tables.places.marks { needle.isIn($0) }
            labels = tables.labels.marks { $0.contains { needle.isIn("\($0.key):\($0.value)") } }
            profiles = tables.profiles.marks { $0.contains { needle.isIn($0) } }
        }

        var isShared: Bool { places.contains(true) || labels.contains(true) || profiles.contains(true) }
    }
}

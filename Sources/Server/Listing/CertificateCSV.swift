import Automation
import Runner

/// All certificates of a query as CSV, in pieces of some hundred lines: it is never in memory as a whole. What it says
/// is as it was when it was asked for, however long the reader takes.
package struct CertificateCSV: Sequence, Sendable {
    package static let columns = [
        "certificate", "names", "issuer", "version", "expires", "renewed", "renewed note", "published",
        "published note", "serving", "serving note", "next run", "next stage", "reason", "profiles", "last result",
        "last result at", "labels", "trouble", "remedy", "paused",
    ]
    private static let linesAtOnce = 200

    private let content: RegisterContent
    private let order: [ListOrder.Candidate]
    private let now: Instant

    init(_ content: RegisterContent, _ query: ListQuery, scope: CertificateScope, at now: Instant) {
        self.content = content
        self.now = now
        order = content.ordered(query, scope: scope, at: now)
    }

    package func makeIterator() -> Iterator { Iterator(self) }

    package struct Iterator: IteratorProtocol {
        private let csv: CertificateCSV
        private var start: Int?

        fileprivate init(_ csv: CertificateCSV) { self.csv = csv }

        /// The heading first, then line upon line.
        package mutating func next() -> String? {
            guard let first = start else {
                start = 0
                return CSVText.line(CertificateCSV.columns)
            }
            guard first < csv.order.count else { return nil }
            let end = Swift.min(first + CertificateCSV.linesAtOnce, csv.order.count)
            start = end
            return csv.order[first..<end].map { CSVText.line(csv.cells($0)) }.joined()
        }
    }

    private func cells(_ candidate: ListOrder.Candidate) -> [String] {
        let block = content.blocks[Int(candidate.block)]
        let row = content.shown(block.rows[Int(candidate.row)], block, at: now)
        let marks = [row.marks.renewed, row.marks.published, row.marks.serving]
        let trouble = row.troubles.first { $0.needsPerson } ?? row.troubles.first
        let place = trouble?.target.map { "\($0): " } ?? ""
        var cells = [row.name, row.names.joined(separator: " "), row.issuer]
        cells.append(row.version == 0 ? "" : String(row.version))
        cells.append(row.end?.rfc3339 ?? "")
        for mark in marks { cells += [mark.words, mark.note] }
        cells += [row.next?.at.rfc3339 ?? "", row.next?.stage.rawValue ?? "", row.next?.reason ?? ""]
        cells.append(row.profiles.joined(separator: " "))
        cells += [row.last?.kind.rawValue ?? "", row.last?.at.rfc3339 ?? ""]
        let labels = row.labels.sorted { $0.key < $1.key }.map { label in "\(label.key):\(label.value)" }
        cells.append(labels.joined(separator: " "))
        cells += [trouble.map { place + $0.message } ?? "", trouble?.remedy ?? "", row.pause ?? ""]
        return cells
    }
}

extension CertificateRegister {
    package nonisolated func csv(
        _ query: ListQuery, scope: CertificateScope = .all, at now: Instant
    ) -> CertificateCSV {
        CertificateCSV(snapshot, query, scope: scope, at: now)
    }
}

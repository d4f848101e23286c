import Foundation

/// Judges what an endpoint shows against what it should show.
public enum Proof {
    public enum Verdict: Hashable, Codable, Sendable {
        /// Every address shows the expected leaf and its chain.
        case serving
        /// At least one address shows something else; in words, one line per address that does not show it.
        case different([String])
        /// No address shows anything else, but at least one does not answer.
        case silent([String])
    }

    /// - Parameters:
    ///   - expected: the DER chain that was published, leaf first.
    ///   - presented: one entry per address; none at all is no proof.
    ///   - describe: a leaf in words ("version 6, expires in 3 days"), for the lines.
    public static func judge(
        expected: [Data], presented: [Presented], describe: (Data) -> String
    ) -> Verdict {
        guard !presented.isEmpty else { return .silent(["The endpoint has no address."]) }
        var lines: [String] = []
        var showsOther = false
        for answer in presented {
            switch answer.answer {
            case .failure(let reason): lines.append(reason)
            case .chain(let chain):
                let before = lines.count
                defer { showsOther = showsOther || lines.count > before }
                guard let leaf = chain.first else {
                    lines.append("\(answer.address): it shows no certificate.")
                    continue
                }
                if leaf != expected.first {
                    lines.append("\(answer.address): it shows \(describe(leaf)).")
                } else if let missing = missingIntermediates(expected: expected, shown: chain) {
                    lines.append("\(answer.address): it shows the leaf, but \(missing).")
                }
            }
        }
        return lines.isEmpty ? .serving : showsOther ? .different(lines) : .silent(lines)
    }

    /// A server may leave out the root and may add certificates; what we published between must be there.
    private static func missingIntermediates(expected: [Data], shown: [Data]) -> String? {
        let missing = expected.dropFirst().filter { !shown.contains($0) }
        guard !missing.isEmpty else { return nil }
        return missing.count == 1
            ? "one certificate of its chain is missing" : "\(missing.count) certificates of its chain are missing"
    }
}

import Foundation

/// The checkout that these tests were built from.
enum Checkout {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The Swift files below a folder of the checkout, with their lines.
    static func sources(in folder: String) throws -> [SourceText] {
        let base = root.appending(path: folder)
        let names = FileManager.default.enumerator(atPath: base.path)?.compactMap { $0 as? String } ?? []
        return try names.filter { $0.hasSuffix(".swift") }.sorted().map { name in
            SourceText(
                path: "\(folder)/\(name)",
                lines: try String(contentsOf: base.appending(path: name), encoding: .utf8)
                    .split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        }
    }
}

/// One file and what it says.
struct SourceText {
    var path: String
    var lines: [String]

    /// The modules that it imports, in whatever form: `package import A`, `@testable import struct A.B`.
    var imports: [String] {
        lines.compactMap { line in
            guard let match = line.firstMatch(of: Self.form) else { return nil }
            return String(match.1)
        }
    }

    /// The lines without what stands behind `//`, with their numbers from 1.
    var code: [(number: Int, text: Substring)] {
        lines.enumerated().map { index, line in
            (index + 1, line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0])
        }
    }

    private nonisolated(unsafe) static let form =  // sound: a Regex is immutable, it is only not marked so
        /^\s*(?:@[A-Za-z_()]+\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?import\s+(?:(?:struct|class|enum|protocol|func|var|let|typealias)\s+)?([A-Za-z_][A-Za-z0-9_]*)/
}

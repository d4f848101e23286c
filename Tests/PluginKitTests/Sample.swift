import PluginKit

/// Options as a file has them: one key a line, as far as positions go.
indirect enum Sample {
    typealias Pairs = [(String, Sample)]

    case text(String)
    case list([Sample])
    case group(Pairs)

    static func written(_ pairs: Pairs) -> OptionNode {
        var line = 0
        return Sample.group(pairs).node(&line)
    }

    static func node(_ value: OptionNode.Value) -> OptionNode { OptionNode(value, at: position(1, 1)) }

    private static func position(_ line: Int, _ column: Int) -> SourcePosition {
        SourcePosition(file: "sample.yaml", line: line, column: column)
    }

    private func node(_ line: inout Int) -> OptionNode {
        switch self {
        case .text(let text): return OptionNode(.scalar(text), at: Self.position(line, 10))
        case .list(let items):
            let start = Self.position(line, 10)
            return OptionNode(.list(items.map { $0.node(&line) }), at: start)
        case .group(let pairs):
            let start = Self.position(line, 1)
            let entries = pairs.map { key, value in
                line += 1
                let position = Self.position(line, 1)
                return OptionNode.Entry(key: key, keyPosition: position, node: value.node(&line))
            }
            return OptionNode(.group(entries), at: start)
        }
    }
}

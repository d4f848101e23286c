/// Where something stands in a file; line and column count from 1.
public struct SourcePosition: Codable, Sendable, Hashable {
    public var file: String
    public var line: Int
    public var column: Int

    public init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

extension SourcePosition: CustomStringConvertible {
    public var description: String { "\(file):\(line):\(column)" }
}

/// A value as it was written, before any schema has seen it; keeps where it stood.
public struct OptionNode: Sendable, Equatable {
    public enum Value: Sendable, Equatable {
        case scalar(String)
        case list([OptionNode])
        case group([Entry])
    }

    public struct Entry: Sendable, Equatable {
        public var key: String
        public var keyPosition: SourcePosition
        public var node: OptionNode

        public init(key: String, keyPosition: SourcePosition, node: OptionNode) {
            self.key = key
            self.keyPosition = keyPosition
            self.node = node
        }
    }

    public var value: Value
    public var position: SourcePosition
    /// Whether a single value stood there without quotes: where it is JSON's, it may be a number or a flag.
    public var isPlain: Bool

    public init(_ value: Value, at position: SourcePosition, isPlain: Bool = false) {
        self.value = value
        self.position = position
        self.isPlain = isPlain
    }

    public subscript(_ key: String) -> OptionNode? {
        guard case .group(let entries) = value else { return nil }
        return entries.first { $0.key == key }?.node
    }

    /// This group with the entries of `other` put in or in place of its own: what a target's own options do to a
    /// profile's.
    public func overlaid(by other: OptionNode?) -> OptionNode {
        guard let other, case .group(let theirs) = other.value, case .group(let mine) = value else { return self }
        let replaced = Set(theirs.map(\.key))
        return OptionNode(.group(mine.filter { !replaced.contains($0.key) } + theirs), at: position)
    }
}

/// Something wrong in a file: where, what, and what to do.
public struct OptionProblem: Error, Codable, Sendable, Hashable {
    public var position: SourcePosition
    public var message: String
    public var remedy: String

    public init(_ position: SourcePosition, _ message: String, remedy: String) {
        self.position = position
        self.message = message
        self.remedy = remedy
    }
}

extension OptionProblem: CustomStringConvertible {
    public var description: String { "\(position): \(message) \(remedy)" }
}

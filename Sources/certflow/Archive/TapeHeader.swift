import Foundation

/// The 512 bytes before each file of a tar archive (POSIX.1-2001, pax; `ustar`).
struct TapeHeader: Equatable {
    static let block = 512
    /// What ten octal digits can't say, and a name that is longer than its field, go into a pax header before it.
    private static let largestSize = Int64(1) << 33 - 1
    private static let longestName = 100

    var name: String
    var size: Int64
    /// Permission bits.
    var mode: UInt32 = 0o600
    /// Seconds since 1970.
    var modified: Int64
    /// `0` a file, `x` a pax header.
    var type = UInt8(ascii: "0")

    /// What stands before the content: a pax header where one is needed, and the header itself.
    var bytes: [UInt8] {
        let fits = name.utf8.count <= Self.longestName && size <= Self.largestSize
        guard !fits else { return block(name, size) }
        let records = Self.record("path", name) + Self.record("size", String(size))
        var extended = self
        extended.type = UInt8(ascii: "x")
        var bytes = extended.block("pax-header", Int64(records.count)) + records
        bytes += [UInt8](repeating: 0, count: Self.padding(after: Int64(records.count)))
        return bytes
            + block(String(decoding: name.utf8.prefix(Self.longestName), as: UTF8.self), min(size, Self.largestSize))
    }

    /// Zero bytes up to the next block.
    static func padding(after size: Int64) -> Int { Int((Int64(block) - size % Int64(block)) % Int64(block)) }

    /// "27 path=some/long/name\n", its own length first.
    private static func record(_ key: String, _ value: String) -> [UInt8] {
        let rest = " \(key)=\(value)\n"
        var length = rest.utf8.count
        while String(length).utf8.count + rest.utf8.count != length {
            length = String(length).utf8.count + rest.utf8.count
        }
        return Array("\(length)\(rest)".utf8)
    }

    private func block(_ name: String, _ size: Int64) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: Self.block)
        func put(_ text: String, _ offset: Int, _ length: Int) {
            for (index, byte) in text.utf8.prefix(length).enumerated() { block[offset + index] = byte }
        }
        func put(_ number: Int64, _ offset: Int, _ digits: Int) {
            let text = String(number, radix: 8)
            put(String(repeating: "0", count: max(0, digits - text.count)) + text, offset, digits)
        }
        put(name, 0, Self.longestName)
        put(Int64(mode), 100, 7)
        put(0, 108, 7)  // owner and group: root; who unpacks it owns it
        put(0, 116, 7)
        put(size, 124, 11)
        put(modified, 136, 11)
        block[156] = type
        put("ustar", 257, 6)
        put("00", 263, 2)
        for index in 148..<156 { block[index] = UInt8(ascii: " ") }
        put(block.reduce(Int64(0)) { $0 + Int64($1) }, 148, 6)
        block[154] = 0
        return block
    }

    /// - Returns: nil for a block of zeros: the end.
    /// - Throws: `TapeProblem` where it is no header.
    init?(_ block: [UInt8]) throws {
        guard block.contains(where: { $0 != 0 }) else { return nil }
        guard block.count == Self.block, Array(block[257..<262]) == Array("ustar".utf8) else {
            throw TapeProblem(what: "it is no tar archive, or a damaged one")
        }
        let sum = block.enumerated().reduce(Int64(0)) {
            $0 + ((148..<156).contains($1.offset) ? 32 : Int64($1.element))
        }
        guard let told = Self.number(block[148..<156]), told == sum, let size = Self.number(block[124..<136]),
            let mode = Self.number(block[100..<108]), let modified = Self.number(block[136..<148])
        else { throw TapeProblem(what: "one of its headers is damaged") }
        let prefix = Self.text(block[345..<500]), stem = Self.text(block[0..<100])
        name = prefix.isEmpty ? stem : "\(prefix)/\(stem)"
        self.size = size
        self.mode = UInt32(truncatingIfNeeded: mode) & 0o777
        self.modified = modified
        type = block[156]
    }

    init(name: String, size: Int64, mode: UInt32 = 0o600, modified: Int64) {
        (self.name, self.size, self.mode, self.modified) = (name, size, mode, modified)
    }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }

    private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
        Int64(text(field).filter { $0 != " " }, radix: 8)
    }

    /// Takes over what a pax header says.
    mutating func take(pax records: [UInt8]) {
        for line in String(decoding: records, as: UTF8.self).split(separator: "\n") {
            guard let space = line.firstIndex(of: " "), let equals = line[space...].firstIndex(of: "=") else {
                continue
            }
            let value = String(line[line.index(after: equals)...])
            switch line[line.index(after: space)..<equals] {
            case "path": name = value
            case "size": size = Int64(value) ?? size
            default: break
            }
        }
    }
}

/// What is wrong with an archive; ends the sentence "… can't be used: …".
struct TapeProblem: Error {
    var what: String
}

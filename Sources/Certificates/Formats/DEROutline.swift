/// A look at the outline of DER (X.690, 10.1) before a real parser spends time and memory on it: definite lengths that
/// fit into each other, few enough elements, shallow enough.
enum DEROutline {
    /// Whether `bytes` are one element without anything behind it, within the two bounds.
    static func accepts(
        _ bytes: some RandomAccessCollection<UInt8>, elements: Int, depth: Int = InputLimits.depth
    ) -> Bool {
        var scanner = Scanner(bytes)
        var ends = [bytes.endIndex]
        var count = 0
        while let end = ends.last {
            if scanner.position == end {
                ends.removeLast()
                continue
            }
            count += 1
            guard count <= elements, let element = scanner.header(before: end) else { return false }
            if ends.count == 1, count > 1 { return false }
            if element.isConstructed {
                guard ends.count < depth else { return false }
                ends.append(element.end)
            } else {
                scanner.position = element.end
            }
        }
        return count > 0
    }

    /// Splits several elements that stand one behind the other; nil where the lengths do not add up or there are more
    /// than `limit`.
    static func split<Bytes: RandomAccessCollection<UInt8>>(_ bytes: Bytes, limit: Int) -> [Bytes.SubSequence]? {
        var scanner = Scanner(bytes)
        var parts: [Bytes.SubSequence] = []
        while scanner.position < bytes.endIndex {
            let start = scanner.position
            guard parts.count < limit, let element = scanner.header(before: bytes.endIndex) else { return nil }
            scanner.position = element.end
            parts.append(bytes[start..<element.end])
        }
        return parts
    }

    private struct Scanner<Bytes: RandomAccessCollection<UInt8>> {
        let bytes: Bytes
        var position: Bytes.Index

        init(_ bytes: Bytes) {
            self.bytes = bytes
            position = bytes.startIndex
        }

        /// Reads tag and length, and stands at the content afterwards; nil where they do not fit before `end`.
        mutating func header(before end: Bytes.Index) -> (isConstructed: Bool, end: Bytes.Index)? {
            guard let tag = next(before: end) else { return nil }
            if tag & 0x1F == 0x1F {  // a tag number of several bytes; nothing in X.509 needs more than two
                guard let first = next(before: end), first & 0x80 == 0 || next(before: end).map({ $0 < 0x80 }) == true
                else { return nil }
            }
            guard let first = next(before: end) else { return nil }
            var length = Int(first)
            if first & 0x80 != 0 {
                let size = Int(first & 0x7F)
                guard (1...3).contains(size) else { return nil }  // 0 would be BER's indefinite form
                length = 0
                for _ in 0..<size {
                    guard let byte = next(before: end) else { return nil }
                    length = length << 8 | Int(byte)
                }
            }
            guard let contentEnd = bytes.index(position, offsetBy: length, limitedBy: end) else { return nil }
            return (tag & 0x20 != 0, contentEnd)
        }

        private mutating func next(before end: Bytes.Index) -> UInt8? {
            guard position < end else { return nil }
            defer { position = bytes.index(after: position) }
            return bytes[position]
        }
    }
}

/// Reads the records that `faults.h` describes.
struct TraceReader {
    private static let magic: UInt32 = 0x3154_4c46
    /// The size of `struct faults_record`.
    private static let headerSize = 104

    let bytes: [UInt8]

    /// - Parameter isComplete: whether the program came to its own end, so that nothing is missing after the last call.
    /// - Throws: ``FaultKitError`` for bytes that are no trace. A last record cut short by a kill is left out.
    func trace(isComplete: Bool) throws -> Trace {
        var calls: [TracedCall] = []
        var started = false
        var offset = 0
        while offset + Self.headerSize <= bytes.count {
            let record = Record(bytes: bytes, offset: offset)
            guard record.magic == Self.magic, record.size >= Self.headerSize, let call = record.call else {
                throw FaultKitError.brokenTrace(at: offset)
            }
            guard record.size == Self.headerSize + record.tail else { throw FaultKitError.brokenTrace(at: offset) }
            guard offset + record.size <= bytes.count else { break }
            if call == .start { started = true } else { calls.append(record.traced(call, from: Self.headerSize)) }
            offset += record.size
        }
        let isComplete = isComplete && !calls.contains { $0.harm != nil }
        return Trace(calls: calls.sorted { $0.begin < $1.begin }, isComplete: isComplete, wasStarted: started)
    }

    /// The fields of one record, by their place in the struct.
    private struct Record {
        let bytes: [UInt8]
        let offset: Int

        private func field<T: FixedWidthInteger>(_ at: Int, _ type: T.Type) -> T {
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset + at, as: type) }
        }

        var magic: UInt32 { field(0, UInt32.self) }
        var size: Int { Int(field(4, UInt32.self)) }
        var call: CallName? { CallName(rawValue: field(88, UInt16.self)) }

        /// The lengths of the texts, then of the data.
        private var lengths: [Int] {
            [92, 94, 96, 98].map { Int(field($0, UInt16.self)) } + [Int(field(100, UInt32.self))]
        }
        var tail: Int { lengths.reduce(0, +) }

        private var harm: Fault.Kind? {
            switch field(90, UInt8.self) {
            case 1: .killBefore
            case 2: .killAfter
            case 3: .inputOutput
            case 4: .noSpace
            case 5: .short
            default: nil
            }
        }

        private var possibleHarm: Set<Fault.Kind> {
            guard field(24, UInt64.self) != 0 else { return [] }
            let notes = field(91, UInt8.self)
            let errors: [(UInt8, Fault.Kind)] = [(8, .inputOutput), (16, .noSpace), (32, .short)]
            return Set(Fault.Kind.kills + errors.filter { notes & $0.0 != 0 }.map(\.1))
        }

        func traced(_ name: CallName, from start: Int) -> TracedCall {
            var at = offset + start
            var parts: [ArraySlice<UInt8>] = []
            for length in lengths {
                parts.append(bytes[at..<(at + length)])
                at += length
            }
            func text(_ part: Int) -> String? {
                parts[part].isEmpty ? nil : String(decoding: parts[part], as: UTF8.self)
            }
            let number = Int(clamping: field(24, UInt64.self))
            let place = Int(clamping: field(40, Int64.self))
            let inode = field(56, UInt64.self)
            let notes = field(91, UInt8.self)
            return TracedCall(
                begin: field(8, UInt64.self), end: field(16, UInt64.self), number: number == 0 ? nil : number,
                thread: Int(field(72, UInt32.self)), name: name, path: text(0) ?? "", role: text(2) ?? PathRole.other,
                second: text(1), secondRole: text(3), result: Int(clamping: field(32, Int64.self)),
                error: field(76, Int32.self),
                offset: place < 0 ? nil : place, length: Int(clamping: field(48, UInt64.self)),
                flags: field(80, UInt32.self),
                mode: field(84, UInt32.self),
                identity: inode == 0 ? nil : .init(device: field(64, UInt64.self), inode: inode),
                created: notes & 1 != 0, isNameless: notes & 6 != 0,
                possibleHarm: possibleHarm, harm: harm, data: Array(parts[4]))
        }
    }
}

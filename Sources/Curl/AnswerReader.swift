import Foundation

/// Takes in an answer piece by piece, and no more of it than is allowed.
struct AnswerReader {
    private static let mostHeaders = 100
    /// In bytes, for all that comes before the body, interim answers included.
    private static let largestHeader = 64 << 10

    private(set) var headers: [HTTPHeader] = []
    private(set) var body = Data()
    /// Why no more is taken.
    private(set) var problem: String?

    private let largestBody: Int
    private var headerBytes = 0
    private var state = State.beforeStatusLine

    private enum State {
        case beforeStatusLine, inHeader, afterHeader
    }

    /// - Parameter largestBody: in bytes.
    init(largestBody: Int) { self.largestBody = max(0, largestBody) }

    /// Takes one line before, in or after the header, with its end.
    /// - Returns: whether all is well; else `problem` says what is not.
    mutating func takeLine(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= Self.largestHeader else {
            return stop("its header has more than \(Self.largestHeader >> 10) KiB")
        }
        let line = bytes.prefix { $0 != 0x0D && $0 != 0x0A }
        switch state {
        case .inHeader where line.isEmpty:
            state = .afterHeader
            return true
        case .inHeader: return takeField(line)
        // What came before was an interim answer (RFC 9110, 15.2) where another status line follows.
        case .beforeStatusLine, .afterHeader:
            if line.starts(with: Array("HTTP/".utf8)) {
                headers = []
                state = .inHeader
            }
            return true  // else a trailer, which nobody asks for
        }
    }

    /// Takes a piece of the body.
    /// - Returns: whether all is well; else `problem` says what is not.
    mutating func takeBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count <= largestBody - body.count else {
            return stop("it is larger than the \(largestBody) bytes that are allowed")
        }
        body.append(contentsOf: bytes)
        return true
    }

    private mutating func takeField(_ line: Slice<UnsafeRawBufferPointer>) -> Bool {
        guard headers.count < Self.mostHeaders else {
            return stop("its header has more than \(Self.mostHeaders) fields")
        }
        // A line that continues another one is an attack more often than not (RFC 9112, 5.2).
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), line[..<colon].allSatisfy(\.isToken),
            colon > line.startIndex
        else { return stop("a line of its header is no field") }
        let isSpace = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        let value = line[line.index(after: colon)...].drop(while: isSpace)
        let end = value.lastIndex { !isSpace($0) }.map { value.index(after: $0) } ?? value.startIndex
        headers.append(
            HTTPHeader(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value[..<end], as: UTF8.self)))
        return true
    }

    private mutating func stop(_ reason: String) -> Bool {
        problem = reason
        return false
    }
}

extension UInt8 {
    /// Whether it may stand in a method or in the name of a field (RFC 9110, 5.6.2).
    var isToken: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}

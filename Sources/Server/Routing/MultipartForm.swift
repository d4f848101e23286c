import Foundation

/// A form with files in it (`multipart/form-data`, RFC 7578): what browsers without scripts send them as.
struct MultipartForm {
    struct Part {
        var name: String
        /// Nil: a field.
        var file: String?
        var content: Data
    }

    private(set) var parts: [Part] = []

    private static let most = 50
    private static let longestHead = 4096

    /// - Parameter type: the whole `Content-Type`.
    init(_ body: Data, type: String) throws(Problem) {
        guard let boundary = Self.boundary(of: type) else { throw Self.broken("its boundary is missing") }
        let mark = Data("--\(boundary)".utf8)
        guard var position = body.range(of: mark)?.upperBound else { throw Self.broken("it has no parts") }
        let next = Data("\r\n".utf8) + mark
        while !body[position...].starts(with: Data("--".utf8)) {
            guard body[position...].starts(with: Data("\r\n".utf8)) else { throw Self.broken("a part does not begin") }
            position += 2
            guard let end = body[position...].range(of: next) else { throw Self.broken("a part does not end") }
            parts.append(try Self.part(body[position..<end.lowerBound]))
            guard parts.count <= Self.most else {
                throw Problem(
                    400, "request.fields", "The form has more than \(Self.most) parts.", remedy: "Send less at a time.")
            }
            position = end.upperBound
        }
    }

    /// Files stand in it by their names alone.
    var fields: Fields {
        get throws(Problem) {
            var values: [String: [String]] = [:]
            for part in parts {
                if let file = part.file {
                    values[part.name, default: []].append(file)
                } else {
                    guard let text = String(validating: part.content, as: UTF8.self) else {
                        throw Fields.wrong(String(part.name.prefix(64)), "is no text", "Send UTF-8.")
                    }
                    values[part.name, default: []].append(text)
                }
            }
            return Fields(values)
        }
    }

    func files(_ name: String) -> [Part] { parts.filter { $0.name == name && $0.file != nil && !$0.content.isEmpty } }

    private static func boundary(of type: String) -> String? {
        for parameter in type.split(separator: ";").dropFirst() {
            let pair = parameter.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingCharacters(in: .whitespaces).lowercased() == "boundary" else {
                continue
            }
            let value = pair[1].trimmingCharacters(in: CharacterSet(charactersIn: " \""))
            return value.isEmpty || value.utf8.count > 70 ? nil : value
        }
        return nil
    }

    private static func part(_ data: Data) throws(Problem) -> Part {
        guard let blank = data.range(of: Data("\r\n\r\n".utf8)), blank.lowerBound - data.startIndex <= longestHead,
            let head = String(validating: data[data.startIndex..<blank.lowerBound], as: UTF8.self)
        else { throw broken("a part has no head") }
        for line in head.components(separatedBy: "\r\n") where line.lowercased().hasPrefix("content-disposition:") {
            guard let name = value(of: "name", in: line) else { break }
            return Part(name: name, file: value(of: "filename", in: line), content: Data(data[blank.upperBound...]))
        }
        throw broken("a part has no name")
    }

    /// Browsers write `"` in a name as %22 and never escape otherwise.
    private static func value(of key: String, in line: String) -> String? {
        guard let begin = line.range(of: "; \(key)=\"") else { return nil }
        let rest = line[begin.upperBound...]
        guard let end = rest.firstIndex(of: "\"") else { return nil }
        return String(rest[..<end])
    }

    private static func broken(_ why: String) -> Problem {
        Problem(400, "request.form", "The form can't be read: \(why).", remedy: "Send it again.")
    }
}

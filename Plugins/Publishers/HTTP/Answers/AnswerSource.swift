import Curl
import Foundation
import PluginKit

/// Where something stands in an answer.
enum AnswerSource: Sendable {
    /// A place in JSON, and where text that stands there is JSON itself, a place in that.
    case pointer(JSONPointer, within: JSONPointer?)
    case header(String)
    case cookie(String)
    case body

    /// In bytes: what is taken out of an answer goes into later requests and into the home.
    private static let largest = 8 << 10

    /// - Throws: `PluginFailure` (`configuration`) where it says none of them, or several.
    init(_ options: Options, _ key: String, _ request: String) throws {
        var sources: [AnswerSource] = []
        if let text = options.text("pointer") {
            guard let pointer = JSONPointer(text) else { throw HTTPFailure.pointer(text, request) }
            let within = try options.text("within").map { text in
                guard let inner = JSONPointer(text) else { throw HTTPFailure.pointer(text, request) }
                return inner
            }
            sources.append(.pointer(pointer, within: within))
        }
        if let name = options.text("header") { sources.append(.header(name)) }
        if let name = options.text("cookie") { sources.append(.cookie(name)) }
        if options.flag("body") == true { sources.append(.body) }
        guard let source = sources.first, sources.count == 1 else {
            throw HTTPFailure.option(
                "`\(key)` of \(request) has to give one of `pointer`, `header`, `cookie` and `body: true`.")
        }
        self = source
    }

    var words: String {
        switch self {
        case .pointer(let pointer, let within):
            "\"\(pointer)\"\(within.map { ", \"\($0)\"" } ?? "") in its JSON"
        case .header(let name): "the header \(name)"
        case .cookie(let name): "the cookie \(name)"
        case .body: "its body"
        }
    }

    /// What stands there as one line of text, fit to be said again; nil where there is none.
    func value(in answer: HTTPResponse) -> String? {
        guard let text = text(in: answer), !text.isEmpty, text.utf8.count <= Self.largest,
            text.utf8.allSatisfy({ $0 >= 32 && $0 != 127 })
        else { return nil }
        return text
    }

    /// What stands there, of any length and kind; nil where there is nothing, or nothing that is text.
    func text(in answer: HTTPResponse) -> String? {
        switch self {
        case .pointer(let pointer, let within):
            JSONValue.read(answer.body).flatMap { pointer.find(in: $0)?.scalar }.flatMap { text in
                guard let within else { return text }
                return JSONValue.read(Data(text.utf8)).flatMap { within.find(in: $0)?.scalar }
            }
        case .header(let name): answer.value(name)
        case .cookie(let name): cookie(name, answer)
        case .body: String(data: answer.body, encoding: .utf8)
        }
    }

    /// The first part of a Set-Cookie field of that name (RFC 6265, 5.2).
    private func cookie(_ name: String, _ answer: HTTPResponse) -> String? {
        for field in answer.values("Set-Cookie") {
            let pair = field.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, pair[0].trimmingCharacters(in: .whitespaces) == name else { continue }
            return pair[1].trimmingCharacters(in: .whitespaces)
        }
        return nil
    }
}

import Curl
import Foundation
import PluginKit

/// One request of a profile.
struct RequestOptions: Sendable {
    enum Body: Sendable {
        case none
        case json(JSONTemplate<DeferredText>)
        case form([(name: String, value: DeferredText)])
        case multipart([Part])
        case plain(DeferredText)
    }

    struct Part: Sendable {
        var name: String
        var value: DeferredText
        var fileName: String?
        var contentType: String?
    }

    struct Extraction: Sendable {
        var name: String
        var source: AnswerSource
        var isKept: Bool
        var isSecret: Bool
    }

    struct Condition: Sendable {
        var pointer: JSONPointer
        var values: [String]
    }

    struct Polling: Sendable {
        var until: Condition
        var failed: Condition?
        var every: Duration
        var within: Duration
    }

    /// As messages name it: "request 2".
    var name: String
    var method: String
    var path: DeferredText
    var query: [(name: String, value: DeferredText)]
    var headers: [(name: String, value: DeferredText)]
    var body: Body
    /// Empty: 200 to 299.
    var expected: [Int]
    /// What a good answer has in it.
    var contained: String?
    /// Whether the profile says that doing it twice is like doing it once; nil where it says nothing.
    var isIdempotent: Bool?
    var extractions: [Extraction]
    var timeout: Duration?
    var polling: Polling?
    /// What an answer that refuses has in it where the server is only busy, and where it does not know who asks.
    var busyWords: [String]
    var deniedWords: [String]
    /// Whether a good answer gives what nobody may see, or nobody asked to see: it is never shown.
    var withholdsAnswers: Bool
    /// Of a request that looks: the statuses that mean that nothing is there, what such an answer has in it besides, and
    /// where the certificate stands.
    var absent: [Int]
    var absentWords: String?
    var certificate: AnswerSource?

    /// Whether it may change something where it stands among those that publish.
    var isChanging: Bool { method != "GET" && method != "HEAD" }

    /// Whether doing it twice is like doing it once: as the profile says, by its method (RFC 9110, 9.2.2), or since it
    /// carries a key by which the server knows it again.
    var isRepeatable: Bool {
        if let isIdempotent { return isIdempotent }
        return ["GET", "HEAD", "PUT", "DELETE"].contains(method)
            || headers.contains { $0.name.lowercased() == "idempotency-key" }
    }

    /// Whether an answer says that nothing is there.
    func isAbsent(_ answer: HTTPResponse) -> Bool {
        guard absent.contains(answer.status) else { return false }
        return absentWords.map { answer.says($0) } ?? true
    }

    /// Whether the server says that it is only busy.
    func isBusy(_ answer: HTTPResponse) -> Bool { answer.status >= 400 && busyWords.contains { answer.says($0) } }

    /// Whether the server says that it does not know who asks.
    func isDenied(_ answer: HTTPResponse) -> Bool { answer.status >= 400 && deniedWords.contains { answer.says($0) } }

    private var hasBody: Bool { if case .none = body { false } else { true } }

    func accepts(_ status: Int) -> Bool {
        expected.isEmpty ? (200...299).contains(status) : expected.contains(status)
    }

    /// All that it names and only answers or contents can give.
    var deferredNames: Set<String> { texts.reduce(into: []) { $0.formUnion($1.names) } }

    /// Every template in it.
    var texts: [DeferredText] {
        var texts = [path] + query.map(\.value) + headers.map(\.value)
        switch body {
        case .none: break
        case .json(let json): texts += json.texts
        case .form(let fields): texts += fields.map(\.value)
        case .multipart(let parts): texts += parts.map(\.value)
        case .plain(let text): texts.append(text)
        }
        return texts
    }
}

extension RequestOptions {
    /// - Parameters:
    ///   - list: as messages name the list it stands in: "request".
    ///   - number: from 1.
    ///   - hidesAnswers: whether what it extracts is secret unless it says otherwise.
    ///   - isLooking: whether it reads what is there.
    init(_ options: Options, list: String, number: Int, hidesAnswers: Bool, isLooking: Bool) throws {
        name = options.text("name").map { "\(list) \(number) (\($0))" } ?? "\(list) \(number)"
        method = options.text("method") ?? "GET"
        path = try options.required("path", options.template("path"))
        query = options.templates(in: "query")
        headers = options.templates(in: "headers")
        body = try Self.body(options, name)
        expected = options.integers("expect")
        contained = options.text("contains")
        isIdempotent = options.flag("idempotent")
        timeout = options.duration("timeout")
        absent = options.integers("absent")
        absentWords = options.text("absentContains")
        busyWords = options.texts("busyContains")
        deniedWords = options.texts("deniedContains")
        let name = name
        certificate = try options.group("certificate").map { try AnswerSource($0, "certificate", name) }
        extractions = try Self.extractions(options, name, hidesAnswers)
        withholdsAnswers = hidesAnswers || isLooking || extractions.contains(where: \.isSecret)
        polling = try options.group("poll").map { try Self.polling($0, name) }
        for header in headers where !HTTPHeader.isName(header.name) {
            throw HTTPFailure.option("\(name) has a header `\(header.name)`, which is no name of one.")
        }
        if !isChanging, hasBody {
            throw HTTPFailure.option("\(name) has a body, and its method \(method) takes none.")
        }
        if polling != nil, method != "GET" {
            throw HTTPFailure.option("\(name) polls with \(method): what is asked again and again has to be a GET.")
        }
    }

    private static func body(_ options: Options, _ name: String) throws -> Body {
        var bodies: [Body] = []
        if let json = options.json("json") { bodies.append(.json(json)) }
        if options["form"] != nil { bodies.append(.form(options.templates(in: "form"))) }
        if let text = options.template("body") { bodies.append(.plain(text)) }
        let parts = try options.groups("multipart").map { part in
            Part(
                name: try part.required("name", part.text("name")),
                value: try part.required("value", part.template("value")), fileName: part.text("fileName"),
                contentType: part.text("contentType"))
        }
        for part in parts {
            for text in [part.name, part.fileName, part.contentType].compactMap({ $0 }) where !text.isQuotable {
                throw HTTPFailure.option("\(name) has a part with `\(text)`, which can't stand in its header.")
            }
        }
        if !parts.isEmpty { bodies.append(.multipart(parts)) }
        guard bodies.count <= 1 else {
            throw HTTPFailure.option("\(name) has more than one of `json`, `form`, `multipart` and `body`.")
        }
        return bodies.first ?? .none
    }

    private static func extractions(
        _ options: Options, _ name: String, _ hidesAnswers: Bool
    ) throws -> [Extraction] {
        guard let group = options.group("extract") else { return [] }
        return try group.values.keys.sorted().compactMap { key in
            guard let own = group.group(key) else { return nil }
            guard OptionText.isName(key) else {
                throw HTTPFailure.option("\(name) extracts `\(key)`, which is no name.")
            }
            return Extraction(
                name: key, source: try AnswerSource(own, "extract.\(key)", name), isKept: own.flag("keep") ?? false,
                isSecret: own.flag("secret") ?? hidesAnswers)
        }
    }

    private static func polling(_ options: Options, _ name: String) throws -> Polling {
        Polling(
            until: try condition(try options.required("until", options.group("until")), name),
            failed: try options.group("failed").map { try condition($0, name) },
            every: options.duration("every") ?? .seconds(2), within: options.duration("within") ?? .seconds(120))
    }

    private static func condition(_ options: Options, _ name: String) throws -> Condition {
        let text = try options.required("pointer", options.text("pointer"))
        guard let pointer = JSONPointer(text) else { throw HTTPFailure.pointer(text, name) }
        return Condition(pointer: pointer, values: options.texts("equals"))
    }
}

extension HTTPResponse {
    /// Whether the body has that text in it.
    func says(_ text: String) -> Bool { body.range(of: Data(text.utf8)) != nil }
}

extension Options {
    /// The templates of a field of free keys, by key.
    func templates(in name: String) -> [(name: String, value: DeferredText)] {
        guard let group = group(name) else { return [] }
        return group.values.keys.sorted().compactMap { key in group.template(key).map { (key, $0) } }
    }
}

extension String {
    /// Whether it may stand in quotes in a header.
    fileprivate var isQuotable: Bool { utf8.allSatisfy { $0 >= 32 && $0 != 127 && $0 != 34 && $0 != 92 } }
}

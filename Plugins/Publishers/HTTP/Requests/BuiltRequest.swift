import Curl
import Foundation
import PluginKit

/// One request with everything filled in, secrets still marked.
struct BuiltRequest: Sendable {
    var options: RequestOptions
    var url: RenderedText
    var headers: [(name: String, value: RenderedText)]
    var body: RenderedText?

    /// As messages name it, without what stands behind `?`.
    var place: String {
        let shown = url.masked.prefix { $0 != "?" }
        return "\(options.method) \(ShownText(String(shown))) (\(options.name))"
    }

    /// - Parameter echo: learns what must not be shown.
    func hide(in echo: inout Echo) {
        echo.hide(url)
        for header in headers { echo.hide(header.value) }
        if let body { echo.hide(body) }
    }

    var planned: PlannedRequest {
        PlannedRequest(
            name: options.name, method: options.method, url: Self.withNames(url.masked),
            headers: headers.map { "\($0.name): \($0.value.masked)" }, body: body.map(Self.shown))
    }

    /// Names that stand for what isn't known yet were encoded for the URL.
    private static func withNames(_ url: String) -> String {
        url.replacing("%7B", with: "{").replacing("%7D", with: "}")
    }

    private static func shown(_ body: RenderedText) -> String {
        let bytes = body.maskedBytes
        return String(validating: bytes, as: UTF8.self) ?? "(\(bytes.count) bytes that are no text)"
    }
}

/// Fills in a profile's requests.
struct RequestBuilder {
    let options: HTTPOptions
    let values: Values
    /// Beside the profile's own, of all requests but those that log in.
    let authentication: [(name: String, value: RenderedText)]

    /// - Parameter boundary: what parts of a body are told apart by; it must not stand in one.
    /// - Returns: nil where the path names an optional value that is missing.
    /// - Throws: `PluginFailure` where something is missing or does not fit.
    func build(_ request: RequestOptions, isLogin: Bool) throws -> BuiltRequest {
        var url = RenderedText(options.server)
        url.append(try path(request))
        url.append(try query(request))
        var headers = isLogin ? [] : authentication
        if !isLogin { headers += try options.headers.compactMap { try header($0, request) } }
        headers += try request.headers.compactMap { try header($0, request) }
        let body = try body(request)
        if let type = body.type, !headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            headers.append(("Content-Type", RenderedText(type)))
        }
        // The request's own count where both are given.
        var seen: Set<String> = []
        let counted = headers.reversed().filter { seen.insert($0.name.lowercased()).inserted }.reversed()
        return BuiltRequest(options: request, url: url, headers: Array(counted), body: body.text)
    }

    private func path(_ request: RequestOptions) throws -> RenderedText {
        // What an answer gave must not lead elsewhere on the server.
        var names = request.path.names(without: .url)
        for text in options.texts where names.contains("text.\(text.name)") {
            names.formUnion(text.value.names(without: .url))
        }
        for name in names.sorted() {
            guard let value = values[name], name.hasPrefix("value.") else { continue }
            guard value.bytes.allSatisfy(Self.isPlain) || values.isPlaceholder(name) else {
                throw HTTPFailure.unsafePath(request.name, name)
            }
        }
        guard let path = try fill(request.path, request) else {
            throw HTTPFailure.template(
                TemplateProblem("its path names a value that is missing.", remedy: "Leave `optional` out there."),
                request.name)
        }
        let steps = path.bytes.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
        let isClean = path.bytes.allSatisfy { (33...126).contains($0) && $0 != 35 && $0 != 63 }
        guard path.bytes.first == UInt8(ascii: "/"), isClean, !steps.contains("..") else {
            throw HTTPFailure.badPath(request.name)
        }
        return path
    }

    /// Letters, digits and what means nothing in a path.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122: true
        default: "-._~:@=,+".utf8.contains(byte)
        }
    }

    private func query(_ request: RequestOptions) throws -> RenderedText {
        let fields = try fields(request.query, request)
        var query = RenderedText(fields.bytes.isEmpty ? "" : "?")
        query.append(fields)
        return query
    }

    /// As a form writes them (WHATWG URL, 5.2), with `%20` for a space, which stands for itself in a query as well.
    private func fields(
        _ list: [(name: String, value: DeferredText)], _ request: RequestOptions
    ) throws -> RenderedText {
        var text = RenderedText()
        for field in list {
            guard let value = try fill(field.value, request) else { continue }
            if !text.bytes.isEmpty { text.append("&", secret: false) }
            text.append(TemplateFilter.percentEncoded(Array(field.name.utf8)), secret: false)
            text.append("=", secret: false)
            text.append(value.mapped(TemplateFilter.percentEncoded))
        }
        return text
    }

    private func header(
        _ header: (name: String, value: DeferredText), _ request: RequestOptions
    ) throws -> (name: String, value: RenderedText)? {
        guard let value = try fill(header.value, request) else { return nil }
        guard HTTPHeader.isName(header.name), value.bytes.allSatisfy({ $0 >= 32 && $0 != 127 }) else {
            throw HTTPFailure.badHeader(header.name, request.name)
        }
        return (header.name, value)
    }

    private func body(_ request: RequestOptions) throws -> (text: RenderedText?, type: String?) {
        switch request.body {
        case .none: return (nil, nil)
        case .json(let json):
            return (try json.serialized { try jsonText($0, request) } ?? RenderedText(), "application/json")
        case .form(let list): return (try fields(list, request), "application/x-www-form-urlencoded")
        case .plain(let text): return (try fill(text, request), "application/octet-stream")
        case .multipart(let parts):
            let boundary = "certflow-\(seed)"
            var body = RenderedText()
            for part in parts {
                guard let value = try fill(part.value, request) else { continue }
                var head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(part.name)\""
                if let fileName = part.fileName { head += "; filename=\"\(fileName)\"" }
                if let type = part.contentType { head += "\r\nContent-Type: \(type)" }
                body.append(head + "\r\n\r\n", secret: false)
                body.append(value)
                body.append("\r\n", secret: false)
            }
            body.append("--\(boundary)--\r\n", secret: false)
            return (body, "multipart/form-data; boundary=\(boundary)")
        }
    }

    /// Hexadecimal digits that no other delivery has: no content has such a line in it.
    private var seed: String { values["delivery.id"].map { String(decoding: $0.bytes, as: UTF8.self) } ?? "part" }

    private func jsonText(_ text: DeferredText, _ request: RequestOptions) throws -> RenderedText? {
        let filled = try fill(text, request)
        if let filled, String(validating: filled.bytes, as: UTF8.self) == nil {
            throw HTTPFailure.template(
                TemplateProblem("a value that is no text can't stand in JSON.", remedy: "Write `| base64` behind it."),
                request.name)
        }
        return filled
    }

    private func fill(_ text: DeferredText, _ request: RequestOptions) throws -> RenderedText? {
        do throws(TemplateProblem) {
            return try text.render { values[$0] }
        } catch {
            throw HTTPFailure.template(error, request.name)
        }
    }
}

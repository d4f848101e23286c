import Curl
import Foundation
import PluginKit

/// A profile's options, read once for each call.
struct HTTPOptions: Sendable {
    struct Content: Sendable {
        var name: String
        /// Index into the delivery's artifacts.
        var artifact: Int
        var form: Artifact.Content
    }

    /// Without a slash at its end.
    var server: String
    var place: String
    var allowsPlaintext: Bool
    var trust: Trust
    var addresses: AddressPolicy
    var timeout: Duration
    var headers: [(name: String, value: DeferredText)]
    var authentication: Authentication?
    /// PEM.
    var clientCertificate: Secret?
    var contents: [Content]
    var texts: [(name: String, value: DeferredText)]
    var login: [RequestOptions]
    var logout: [RequestOptions]
    var requests: [RequestOptions]
    var inspect: [RequestOptions]
    var undo: [RequestOptions]
    var sweep: [RequestOptions]
    var withdraw: [RequestOptions]
    /// Whether failures say what the server said, besides its status.
    var tellsAnswers = true

    /// - Throws: `PluginFailure` (`configuration`) where it contradicts itself.
    init(_ options: Options) throws {
        allowsPlaintext = options.flag("plaintext") ?? false
        server = try Self.server(try options.required("server", options.text("server")), allowsPlaintext)
        place = try options.required("place", options.text("place"))
        trust = options.text("caBundle").map { .bundle(path: $0) } ?? .system
        addresses = try AddressPolicy(named: options.texts("addresses"), onThisMachine: allowsPlaintext)
        timeout = options.duration("timeout") ?? .seconds(30)
        headers = options.templates(in: "headers")
        let ways = options.group("authentication") ?? Options()
        authentication = try Authentication.read(ways)
        clientCertificate = ways.secret("clientCertificate")
        contents = try options.groups("contents").map { content in
            Content(
                name: try content.required("name", content.text("name")),
                artifact: try content.required("content", content.artifact("content")),
                form: try content.required("content", content.content("content")))
        }
        texts = options.templates(in: "texts")
        login = try Self.list("login", options, "login", hidesAnswers: true)
        logout = try Self.list("logout", options, "logout")
        requests = try Self.list("requests", options, "request")
        inspect = try Self.list("inspect", options, "inspection")
        undo = try Self.list("undo", options, "undoing")
        sweep = try Self.list("sweep", options, "sweeping")
        withdraw = try Self.list("withdraw", options, "withdrawal")
        try checkRequests()
    }

    /// The names of what is never shown.
    var secretNames: Set<String> { Set((login + requests).flatMap(\.extractions).filter(\.isSecret).map(\.name)) }

    /// The names of what is known at the next publication too.
    var keptNames: Set<String> { Set((login + requests).flatMap(\.extractions).filter(\.isKept).map(\.name)) }

    /// Whether a request is the last that changes something, and what it did can be looked at.
    func isLookedAt(_ index: Int) -> Bool {
        !inspect.isEmpty && index == requests.lastIndex(where: \.isChanging)
    }

    private static func list(
        _ key: String, _ options: Options, _ word: String, hidesAnswers: Bool = false
    ) throws -> [RequestOptions] {
        try options.groups(key).enumerated().map { index, group in
            try RequestOptions(
                group, list: word, number: index + 1, hidesAnswers: hidesAnswers, isLooking: key == "inspect")
        }
    }

    private static func server(_ text: String, _ allowsPlaintext: Bool) throws -> String {
        let isPlaintext = text.hasPrefix("http://")
        // First: what may have a password in it is not shown.
        let isPlain = text.utf8.allSatisfy { byte in
            (33...126).contains(byte) && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#")
                && byte != UInt8(ascii: "@")
        }
        guard isPlain else {
            throw HTTPFailure.option("`server` may have a host, a port and a path; nothing else, and no password.")
        }
        guard text.hasPrefix("https://") || isPlaintext else {
            throw HTTPFailure.option("`server` is \"\(ShownText(text))\", which does not begin with `https://`.")
        }
        guard !isPlaintext || allowsPlaintext else {
            throw PluginFailure(
                .configuration, code: "http.plaintext",
                message: "`server` is \"\(ShownText(text))\": keys would travel unencrypted.",
                remedy: "Use `https://`. For a server on this very machine add `plaintext: true`.")
        }
        do throws(TransferFailure) {
            // libcurl takes the first word behind more slashes for the host.
            guard !text.hasPrefix("https:///"), !text.hasPrefix("http:///") else {
                throw TransferFailure(.refusedURL, "A URL names no host.")
            }
            try HTTPRequest.check(url: text, allowsPlaintext: allowsPlaintext)
        } catch {
            throw HTTPFailure.option("`server` is no address of one: \(ShownText(error.message))")
        }
        var server = text[...]
        while server.hasSuffix("/") { server = server.dropLast() }
        return String(server)
    }

    private func checkRequests() throws {
        guard !requests.isEmpty else { throw HTTPFailure.option("`requests` lists none.") }
        guard requests.contains(where: \.isChanging) else {
            throw HTTPFailure.option("None of `requests` changes anything: they are all GET or HEAD.")
        }
        guard inspect.isEmpty || inspect.filter({ $0.certificate != nil }).count == 1 else {
            throw HTTPFailure.option("One of `inspect` has to say where the certificate stands, as `certificate`.")
        }
        var names: Set<String> = []
        for content in contents where !names.insert(content.name).inserted {
            throw HTTPFailure.option("Two of `contents` are called `\(content.name)`.")
        }
        let kept = Set(keptNames.map { "value.\($0)" })
        for text in texts {
            if let name = text.value.names.filter({ $0.hasPrefix("text.") }).min() {
                throw HTTPFailure.option("The text `\(text.name)` names `\(name)`: texts can't name each other.")
            }
        }
        let facts = Set(["number", "serial", "fingerprint"])
        let previous = Set(facts.map { "previous.\($0)" })
        let loggedIn = try check(login, knows: ["delivery.id", "delivery.attempt"])
        let published = try check(requests, knows: loggedIn.union(kept))
        _ = try check(inspect, knows: loggedIn.union(kept))
        _ = try check(undo, knows: published.union(previous))
        _ = try check(sweep, knows: loggedIn.union(kept).union(facts.map { "old.\($0)" }))
        _ = try check(logout, knows: loggedIn)
        _ = try check(withdraw, knows: loggedIn.union(kept))
        let unknown = expanded(headers.reduce(into: []) { $0.formUnion($1.value.names) }).subtracting(loggedIn)
        if let name = unknown.min() { throw HTTPFailure.unknownValue(name, "headers", known: loggedIn) }
    }

    /// What has to be known for these names: with those that texts name in their place, and without contents.
    private func expanded(_ names: Set<String>) -> Set<String> {
        var expanded = names
        for text in texts where expanded.remove("text.\(text.name)") != nil { expanded.formUnion(text.value.names) }
        return expanded.filter { !$0.hasPrefix(DeferredText.contentPrefix) }
    }

    /// - Returns: what is known when they are through.
    private func check(_ list: [RequestOptions], knows: Set<String>) throws -> Set<String> {
        var known = knows
        for request in list {
            if let name = expanded(request.deferredNames).subtracting(known).min() {
                throw HTTPFailure.unknownValue(name, request.name, known: known)
            }
            known.formUnion(request.extractions.map { "value.\($0.name)" })
        }
        return known
    }
}

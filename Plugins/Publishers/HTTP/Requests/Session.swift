import Curl
import Foundation
import PluginKit

/// The requests of one call, one after the other, and what they gave.
struct Session {
    let options: HTTPOptions
    let delivery: Delivery
    let outside: Outside
    private(set) var values: Values
    private(set) var kept: [String: String] = [:]
    private(set) var echo = Echo()
    private let sender: Sender

    init(_ options: HTTPOptions, _ delivery: Delivery, _ outside: Outside, kept: [String: String]) {
        self.options = options
        self.delivery = delivery
        self.outside = outside
        values = Values(options, delivery, attempt: outside.entropy(16).hexadecimal)
        sender = Sender(outside: outside, deadline: delivery.deadline)
        for (name, value) in kept { values.set(name, value, isSecret: options.secretNames.contains(name)) }
        for content in options.contents where content.form.isPrivate {
            guard delivery.artifacts.indices.contains(content.artifact) else { continue }
            echo.hide(delivery.artifacts[content.artifact].bytes)
        }
        for secret in (options.headers + options.texts).flatMap(\.value.secrets) { echo.hide(secret) }
        hideCredentials()
    }

    mutating func set(_ prefix: String, _ version: PublishedVersion) { values.set(prefix, version) }

    /// Takes what an earlier publication was given, where nothing newer is known.
    mutating func fill(_ old: [String: String]) {
        for (name, value) in old where values["value.\(name)"] == nil { values.set(name, value) }
    }

    /// Takes what an earlier try of this publication was given.
    mutating func resume(_ earlier: [String: String]) {
        for (name, value) in earlier {
            let isSecret = options.secretNames.contains(name)
            values.set(name, value, isSecret: isSecret)
            if isSecret { echo.hide(Array(value.utf8)) }
        }
    }

    /// What the server called it does not count any more.
    mutating func forget(_ names: Set<String>) {
        values.forget(names)
        kept = kept.filter { !names.contains($0.key) }
    }

    mutating func logIn() async throws {
        for request in options.login { try await ask(request, isLogin: true) }
    }

    /// Ends what the login began. Whatever was done by then stands, so that a failure here is none.
    mutating func logOut() async {
        for request in options.logout { _ = try? await ask(request) }
    }

    /// Sends one request that changes nothing, or nothing that matters, and takes what it extracts.
    /// - Returns: its answer, which has a status that is expected or means that nothing is there.
    @discardableResult
    mutating func ask(_ request: RequestOptions, isLogin: Bool = false) async throws -> HTTPResponse {
        try await exchange(request, mayChange: false, mayRepeat: request.isRepeatable, isLogin: isLogin)
    }

    /// Sends one request that publishes.
    mutating func change(_ request: RequestOptions) async throws {
        let isChanging = request.isChanging
        try await exchange(request, mayChange: isChanging, mayRepeat: request.isRepeatable, isLogin: false)
    }

    @discardableResult
    private mutating func exchange(
        _ request: RequestOptions, mayChange: Bool, mayRepeat: Bool, isLogin: Bool
    ) async throws -> HTTPResponse {
        var (answer, built) = try await self.answer(
            to: request, mayChange: mayChange, mayRepeat: mayRepeat, isLogin: isLogin)
        if request.isAbsent(answer) { return answer }
        guard request.accepts(answer.status) else {
            throw refusal(of: built, answer, isUncertain: mayChange && !mayRepeat)
        }
        if let contained = request.contained, !answer.says(contained) {
            throw HTTPFailure.saysOtherwise(built.place, contained, said: told(answer, request))
        }
        if let polling = request.polling { (answer, built) = try await poll(polling, request, answer, built) }
        try extract(request, answer, built)
        return answer
    }

    /// Sends it with what proves now who asks.
    /// - Throws: `PluginFailure` also where the answer says that the server is busy, or does not accept who asks.
    private mutating func answer(
        to request: RequestOptions, mayChange: Bool, mayRepeat: Bool, isLogin: Bool
    ) async throws -> (HTTPResponse, BuiltRequest) {
        var tokens = Tokens(options, outside, sender)
        var answer: HTTPResponse
        var built: BuiltRequest
        repeat {
            let proof = isLogin ? [] : try await tokens.headers(&echo)
            built = try RequestBuilder(options: options, values: values, authentication: proof)
                .build(request, isLogin: isLogin)
            built.hide(in: &echo)
            for secret in request.texts.flatMap(\.secrets) { echo.hide(secret) }
            answer = try await sender.send(
                transport(built, isLogin: isLogin, mayRepeat: mayRepeat), built.place, mayChange: mayChange,
                mayRepeat: mayRepeat, hiding: echo, isBusy: request.isBusy)
        } while try await tokens.mayBeStale(answer)
        if request.isBusy(answer) || request.isDenied(answer) {
            throw HTTPFailure.saying(
                answer, built.place, said: told(answer, request), retryAfter: sender.retryAfter(answer),
                isBusy: request.isBusy(answer))
        }
        return (answer, built)
    }

    private mutating func extract(
        _ request: RequestOptions, _ answer: HTTPResponse, _ built: BuiltRequest
    ) throws {
        for extraction in request.extractions {
            guard let value = extraction.source.value(in: answer) else {
                throw HTTPFailure.notFound(extraction, built.place)
            }
            values.set(extraction.name, value, isSecret: extraction.isSecret)
            if extraction.isSecret { echo.hide(Array(value.utf8)) }
            if extraction.isKept { kept[extraction.name] = value }
        }
    }

    /// Asks until the condition holds.
    private mutating func poll(
        _ polling: RequestOptions.Polling, _ request: RequestOptions, _ first: HTTPResponse, _ sent: BuiltRequest
    ) async throws -> (HTTPResponse, BuiltRequest) {
        let clock = outside.clock
        let end = min(clock.now.addingTimeInterval(polling.within.inSeconds), delivery.deadline)
        var (answer, built) = (first, sent)
        while true {
            let state = JSONValue.read(answer.body)
            func found(_ condition: RequestOptions.Condition) -> String? {
                state.flatMap { condition.pointer.find(in: $0)?.scalar }
            }
            if let failed = polling.failed, let said = found(failed), failed.values.contains(said) {
                throw HTTPFailure.jobFailed(built.place, echo.masked(said))
            }
            let said = found(polling.until)
            if let said, polling.until.values.contains(said) { return (answer, built) }
            let next = clock.now.addingTimeInterval(polling.every.inSeconds)
            guard next < end else {
                throw HTTPFailure.jobUnfinished(built.place, polling.within, said.map(echo.masked))
            }
            try await clock.sleep(until: next)
            (answer, built) = try await self.answer(to: request, mayChange: false, mayRepeat: true, isLogin: false)
            guard request.accepts(answer.status) else { throw refusal(of: built, answer, isUncertain: false) }
        }
    }

    private func told(_ answer: HTTPResponse, _ request: RequestOptions) -> String? {
        guard options.tellsAnswers else { return nil }
        return echo.told(answer, withheld: request.withholdsAnswers, request.secrets(in: answer))
    }

    /// Why an answer's status is none of the good ones.
    private func refusal(of built: BuiltRequest, _ answer: HTTPResponse, isUncertain: Bool) -> PluginFailure {
        let request = built.options
        return HTTPFailure.status(
            answer, built.place, said: told(answer, request), retryAfter: sender.retryAfter(answer),
            isUncertain: isUncertain,
            location: echo.location(answer, withheld: request.withholdsAnswers, request.secrets(in: answer)))
    }

    private func transport(_ built: BuiltRequest, isLogin: Bool, mayRepeat: Bool) -> HTTPRequest {
        var request = HTTPRequest(
            built.options.method, built.url.text, headers: built.headers.map { HTTPHeader($0.name, $0.value.text) },
            body: built.body.map { Data($0.bytes) }, trust: options.trust,
            timeout: built.options.timeout ?? options.timeout, multiplexes: false)
        request.repeats = mayRepeat
        request.addresses = options.addresses
        request.allowsPlaintext = options.allowsPlaintext
        request.clientCertificate = options.clientCertificate.map { $0.withBytes { Data($0) } }
        if !isLogin, case .aws(let signing, _) = options.authentication { request.signing = signing }
        return request
    }

    private mutating func hideCredentials() {
        if let certificate = options.clientCertificate { echo.hide(certificate) }
        switch options.authentication {
        case .bearer(let secret), .header(_, let secret): echo.hide(secret)
        case .basic(_, let password): echo.hide(password)
        case .oauth(let client): echo.hide(client.secret)
        case .aws(let signing, let token):
            echo.hide(Array(signing.secretKey.utf8))
            if let token { echo.hide(token) }
        case nil: break
        }
    }
}

extension Duration {
    var inSeconds: TimeInterval { TimeInterval(components.seconds) + TimeInterval(components.attoseconds) * 1e-18 }
}

import Curl

extension Echo {
    /// What may be shown of an answer that was not what was expected, besides its status.
    /// - Parameters:
    ///   - withheld: whether a good answer to this request is never shown: the status may be unexpected, and the rest as good
    ///     as ever.
    ///   - given: secrets that stand in this very answer.
    /// - Returns: nil where nothing may be.
    func told(_ answer: HTTPResponse, withheld: Bool, _ given: [String]) -> String? {
        guard !withheld || answer.status >= 400 else { return nil }
        return hiding(answer, given).excerpt(answer.body)
    }

    /// Where it leads; nil where that may not be shown.
    func location(_ answer: HTTPResponse, withheld: Bool, _ given: [String]) -> String? {
        guard !withheld else { return nil }
        return answer.value("Location").map(hiding(answer, given).masked)
    }

    /// Knows what the answer itself gives: cookies (RFC 6265, 5.2) besides those.
    private func hiding(_ answer: HTTPResponse, _ given: [String]) -> Echo {
        var echo = self
        for field in answer.values("Set-Cookie") {
            let value = field.prefix { $0 != ";" }.drop { $0 != "=" }.dropFirst()
            echo.hide(Array(value.trimmingCharacters(in: .whitespaces).utf8))
        }
        for value in given { echo.hide(Array(value.utf8)) }
        return echo
    }
}

extension RequestOptions {
    /// What the answer has at the places of what is secret.
    func secrets(in answer: HTTPResponse) -> [String] {
        extractions.filter(\.isSecret).compactMap { $0.source.text(in: answer) }
    }
}

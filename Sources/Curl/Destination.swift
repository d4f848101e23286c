import CCurl
import Foundation

/// Where a request goes, as libcurl itself reads the URL: what is checked here is what is used later.
struct Destination: Sendable, Equatable, CustomStringConvertible {
    /// In bytes.
    private static let longestURL = 16 << 10

    var host: String
    var port: String

    /// As messages name it.
    var description: String { "\(host):\(port)" }

    /// - Throws: `TransferFailure` of kind `refusedURL`.
    init(_ url: String, allowsPlaintext: Bool = false) throws(TransferFailure) {
        guard url.utf8.count <= Self.longestURL else {
            throw TransferFailure(.refusedURL, "A URL of \(url.utf8.count) bytes is too long.")
        }
        // libcurl would read it as far as its first NUL.
        guard !url.utf8.contains(0) else { throw TransferFailure(.refusedURL, "A URL has a NUL in it.") }
        guard let parts = URLParts() else { throw TransferFailure(.local, "Out of memory.") }
        try Self.check(parts.read(url), url)
        host = try Self.part(parts, CURLUPART_HOST, url)
        port = try Self.part(parts, CURLUPART_PORT, url)
        let scheme = try Self.part(parts, CURLUPART_SCHEME, url)
        guard scheme == "https" || allowsPlaintext && scheme == "http" else {
            throw TransferFailure(
                .refusedURL, "The URL of \(self) begins with \(scheme)://, and only https:// is used.")
        }
    }

    private static func part(
        _ parts: borrowing URLParts, _ part: CURLUPart, _ url: String
    ) throws(TransferFailure) -> String {
        let (status, text) = parts.text(part)
        try check(status, url)
        guard let text, !text.isEmpty else { throw TransferFailure(.refusedURL, "A URL names no host.") }
        return text
    }

    private static func check(_ status: CURLUcode, _ url: String) throws(TransferFailure) {
        switch status {
        case CURLUE_OK: return
        case CURLUE_OUT_OF_MEMORY: throw TransferFailure(.local, "Out of memory.")
        case CURLUE_USER_NOT_ALLOWED:
            throw TransferFailure(.refusedURL, "A URL has a user name in it, which is never sent.")
        default:
            let reason = String(cString: curl_url_strerror(status))
            throw TransferFailure(.refusedURL, "\(named(url)) can't be used: \(reason).")
        }
    }

    /// Scheme, host and port as they were written: what stands behind them, or before an @, may be secret.
    private static func named(_ url: String) -> String {
        guard let start = url.range(of: "://")?.upperBound, !url.contains("@") else { return "A URL" }
        let end = url[start...].firstIndex { "/?#\\".contains($0) } ?? url.endIndex
        return "“\(printable(String(url[..<end]), longest: 100))”"
    }
}

/// Owns libcurl's parts of one URL and frees them exactly once.
private struct URLParts: ~Copyable {
    private let raw: OpaquePointer

    init?() {
        guard let raw = curl_url() else { return nil }
        self.raw = raw
    }

    deinit { curl_url_cleanup(raw) }

    borrowing func read(_ url: String) -> CURLUcode {
        curl_url_set(raw, CURLUPART_URL, url, UInt32(CURLU_DISALLOW_USER))
    }

    borrowing func text(_ part: CURLUPart) -> (CURLUcode, String?) {
        var text: UnsafeMutablePointer<CChar>?
        let status = curl_url_get(raw, part, &text, UInt32(CURLU_DEFAULT_PORT))
        guard status == CURLUE_OK, let text else { return (status, nil) }
        defer { curl_free(text) }
        return (status, String(cString: text))
    }
}

/// Text for a message: without control characters, and not longer than it helps.
func printable(_ text: String, longest: Int) -> String {
    String(text.unicodeScalars.prefix(longest).map { $0.properties.generalCategory == .control ? " " : Character($0) })
}

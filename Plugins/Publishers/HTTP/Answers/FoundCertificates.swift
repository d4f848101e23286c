import Curl
import Foundation
import PluginKit

/// Certificates in an answer: PEM or DER, each as it is or in Base64, as interfaces like to give them. Found, not judged.
enum FoundCertificates {
    /// - Returns: `nothing` for an empty place.
    static func read(_ source: AnswerSource, in answer: HTTPResponse) -> Presence {
        if case .body = source, let found = certificates(in: answer.body) { return .certificates(found) }
        guard let text = source.text(in: answer) else { return .nothing }
        let bytes = Data(text.utf8)
        guard !text.allSatisfy(\.isWhitespace) else { return .nothing }
        if let found = certificates(in: bytes) { return .certificates(found) }
        let base64 = text.filter { !$0.isWhitespace }
        if let decoded = Data(base64Encoded: base64), let found = certificates(in: decoded) {
            return .certificates(found)
        }
        return .unreadable("What stands at \(source.words) is no certificate.")
    }

    private static func certificates(in bytes: Data) -> [Data]? {
        let secret = Secret(bytes)
        return Artifact.Content.fullchain.certificates(in: secret) ?? Artifact.Content.der.certificates(in: secret)
    }
}

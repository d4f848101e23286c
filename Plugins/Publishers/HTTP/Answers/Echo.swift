import Curl
import Foundation
import PluginKit

/// What is shown of an answer: servers like to say back what they were sent, so nothing of what is secret in a request may
/// come through, whole or in pieces.
struct Echo {
    /// So many bytes of a secret in a row are recognised.
    private static let window = 8
    /// In bytes.
    private static let longest = 400

    private var pieces: Set<[UInt8]> = []
    private var short: [[UInt8]] = []

    /// Takes in a secret in the form in which it was sent, or in its own.
    mutating func hide(_ secret: [UInt8]) {
        guard secret.count >= Self.window else {
            if !secret.isEmpty { short.append(secret) }
            return
        }
        for start in 0...(secret.count - Self.window) { pieces.insert(Array(secret[start..<(start + Self.window)])) }
    }

    mutating func hide(_ text: RenderedText) { for secret in text.secrets { hide(secret) } }

    mutating func hide(_ secret: Secret) { hide(secret.withBytes { Array($0) }) }

    /// An answer's beginning, on one line, without secrets; empty where there is nothing to show.
    func excerpt(_ body: Data) -> String {
        guard let text = String(data: body.prefix(Self.longest), encoding: .utf8) ?? latin(body) else { return "" }
        return ShownText(masked(text)).description
    }

    /// The same for text that is shown whole.
    func masked(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var isSecret = [Bool](repeating: false, count: bytes.count)
        for (length, known) in [(Self.window, pieces)] + short.map({ ($0.count, [$0]) })
        where bytes.count >= length {
            for start in 0...(bytes.count - length) where known.contains(Array(bytes[start..<(start + length)])) {
                for place in start..<(start + length) { isSecret[place] = true }
            }
        }
        var shown: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if !isSecret[index] {
                shown.append(byte)
            } else if index == 0 || !isSecret[index - 1] {
                shown += Array("(secret)".utf8)
            }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Cut in the middle of a character, or of another encoding: what is ASCII in it.
    private func latin(_ body: Data) -> String? {
        String(decoding: body.prefix(Self.longest).filter { $0 < 128 }, as: UTF8.self)
    }
}

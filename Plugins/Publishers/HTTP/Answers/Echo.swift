import Foundation
import PluginKit

/// What is shown of an answer: servers like to say back what they were sent, so nothing of what is secret in a request may
/// come through, whole or in pieces.
struct Echo {
    /// So many bytes of a secret in a row are recognised.
    private static let window = 8
    /// In bytes.
    private static let longest = 400

    /// In the forms in which they were sent, and in their own.
    private var secrets: [[UInt8]] = []

    mutating func hide(_ secret: [UInt8]) {
        if !secret.isEmpty { secrets.append(secret) }
    }

    mutating func hide(_ text: RenderedText) { for secret in text.secrets { hide(secret) } }

    mutating func hide(_ secret: Secret) { hide(secret.withBytes { Array($0) }) }

    /// An answer's beginning, on one line, without secrets; empty where there is nothing to show.
    func excerpt(_ body: Data) -> String {
        // A little more than is shown: a secret that is cut off must be recognised as one.
        let start = body.prefix(Self.longest + Self.window)
        // Cut in the middle of a character, or of another encoding: what is ASCII in it.
        let text = String(data: start, encoding: .utf8) ?? String(decoding: start.filter { $0 < 128 }, as: UTF8.self)
        return ShownText(masked(text, longest: Self.longest)).description
    }

    /// The same for text that is shown whole.
    func masked(_ text: String) -> String { masked(text, longest: .max) }

    /// - Parameter longest: how many bytes of the text are shown; all of them are looked at.
    private func masked(_ text: String, longest: Int) -> String {
        let bytes = Array(text.utf8)
        let isSecret = marks(in: bytes)
        var shown: [UInt8] = []
        // Not the first bytes of a character alone.
        var end = min(longest, bytes.count)
        while end > 0, end < bytes.count, bytes[end] & 0xC0 == 0x80 { end -= 1 }
        for (index, byte) in bytes[..<end].enumerated() {
            if !isSecret[index] {
                shown.append(byte)
            } else if index == 0 || !isSecret[index - 1] {
                shown += Array("(secret)".utf8)
            }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Which bytes are part of a piece of a secret; of a short one, of the whole.
    private func marks(in bytes: [UInt8]) -> [Bool] {
        var places: [Int: [ArraySlice<UInt8>: [Int]]] = [:]
        for length in Set(secrets.map { min($0.count, Self.window) }) where length <= bytes.count {
            for start in 0...(bytes.count - length) {
                places[length, default: [:]][bytes[start..<(start + length)], default: []].append(start)
            }
        }
        var isSecret = [Bool](repeating: false, count: bytes.count)
        for secret in secrets {
            let length = min(secret.count, Self.window)
            guard let known = places[length] else { continue }
            for start in 0...(secret.count - length) {
                for place in known[secret[start..<(start + length)]] ?? [] {
                    for index in place..<(place + length) { isSecret[index] = true }
                }
            }
        }
        return isSecret
    }
}

import Foundation
import NIOHTTP1

/// The ways in which answers lead astray.
extension Desk {
    /// The URL of one thing, right.
    func url(_ kind: RequestKind, _ numbers: Int...) -> String {
        ([base, Place.paths[kind] ?? ""] + numbers.map(String.init)).joined(separator: "/")
    }

    /// A URL as it is named to the client; nil: not at all.
    func named(_ field: URLField, _ url: String) -> Any? {
        for case .url(field, let place) in misbehaviours {
            let path = url.dropFirst(base.count)
            switch place {
            case .insecure: return "http://127.0.0.1:\(elsewhere.insecure)\(path)"
            case .foreign: return "https://127.0.0.2:\(elsewhere.foreign)\(path)"
            case .file: return "file:///etc/passwd"
            case .relative: return String(path)
            case .garbage: return "https://[::bad/ \"'$(id)`;|<>"
            case .empty: return ""
            case .missing: return nil
            case .number: return 42
            }
        }
        return url
    }

    /// The same in a header.
    func header(_ field: URLField, _ url: String) -> String? {
        named(field, url).map { $0 as? String ?? "\($0)" }
    }

    /// How many of them there are.
    func count(_ field: URLField, usual: Int) -> Int {
        for case .count(field, let count) in misbehaviours { return count }
        return usual
    }

    /// Has an answer that is right arrive otherwise.
    mutating func damage(_ reply: inout Reply, _ place: Place) {
        for case .lostReply(place.kind, let times) in misbehaviours where show("lost \(place.kind)", times) {
            reply.delivery = .lost
        }
        for case .reply(place.kind, let oddity, let times) in misbehaviours
        where show("reply \(place.kind)", times) { damage(&reply, oddity, place) }
    }

    private func damage(_ reply: inout Reply, _ oddity: Oddity, _ place: Place) {
        switch oddity {
        case .notJSON: reply.body = Data("<html>{\"status\": \"valid\"}</html>".utf8)
        case .emptyBody: reply.body = Data()
        case .wrongContentType: reply.headers.replaceOrAdd(name: "Content-Type", value: "text/html")
        case .array: reply.body = Data("[".utf8) + reply.body + Data("]".utf8)
        case .hugeJSON(let bytes):
            reply.body = Data("{\"filler\":\"\(String(repeating: "a", count: bytes))\",".utf8) + reply.body.dropFirst()
        case .deepJSON(let levels):
            let nested = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
            reply.body = Data("{\"filler\":\(nested),".utf8) + reply.body.dropFirst()
        case .redirect(let status):
            let path = ([Place.paths[place.kind] ?? ""] + place.rest).joined(separator: "/")
            reply = Reply(status, ["Location": "https://127.0.0.2:\(elsewhere.foreign)/\(path)"])
        case .status(let status): reply.status = status
        case .endlessHeader: reply.delivery = .endlessHeader
        case .endlessBody: reply.delivery = .endlessBody
        case .cut: reply.delivery = .cut
        case .drip(let pause): reply.delivery = .drip(every: pause)
        case .header(let name, let value): reply.headers.replaceOrAdd(name: name, value: value)
        }
    }
}

import Foundation
import NIOHTTP1

/// Why a request is refused (RFC 8555, 6.7; RFC 7807).
public struct Problem: Error, Sendable, Equatable {
    /// One of several, about one name.
    public struct Part: Sendable, Equatable {
        public var type: String
        public var detail: String
        public var name: String

        public init(_ type: String, _ detail: String, name: String) {
            self.type = type
            self.detail = detail
            self.name = name
        }
    }

    public var status: Int
    /// What follows "urn:ietf:params:acme:error:".
    public var type: String
    public var detail: String
    /// As its header says it.
    public var retryAfter: String?
    public var parts: [Part]
    /// The client broke the protocol.
    var isViolation = false

    public init(_ status: Int, _ type: String, _ detail: String, retryAfter: String? = nil, parts: [Part] = []) {
        self.status = status
        self.type = type
        self.detail = detail
        self.retryAfter = retryAfter
        self.parts = parts
    }

    /// A good client never sees it.
    static func violation(_ detail: String, type: String = "malformed", status: Int = 400) -> Problem {
        var problem = Problem(status, type, detail)
        problem.isViolation = true
        return problem
    }

    var members: [String: Any] {
        var members: [String: Any] = ["type": Self.prefix + type, "detail": detail, "status": status]
        if !parts.isEmpty {
            members["subproblems"] = parts.map { part in
                [
                    "type": Self.prefix + part.type, "detail": part.detail,
                    "identifier": ["type": "dns", "value": part.name],
                ]
            }
        }
        return members
    }

    var reply: Reply {
        var reply = Reply(status, ["Content-Type": "application/problem+json"], body: JSON.data(members))
        if let retryAfter { reply.headers.add(name: "Retry-After", value: retryAfter) }
        return reply
    }

    private static let prefix = "urn:ietf:params:acme:error:"
}

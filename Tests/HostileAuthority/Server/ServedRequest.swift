import Foundation
import NIOHTTP1

/// One HTTP request as it came in.
public struct ServedRequest: Sendable {
    public let method: String
    /// The path with its query, as the client wrote it.
    public let target: String
    public let headers: HTTPHeaders
    public let body: Data
    /// It is the first of its connection.
    public let opensConnection: Bool

    /// The first value of a header; nil where it is missing.
    public func header(_ name: String) -> String? { headers.first(name: name) }
}

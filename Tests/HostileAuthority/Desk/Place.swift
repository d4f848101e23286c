/// Where a request went.
struct Place {
    let kind: RequestKind
    /// What follows the kind: numbers of accounts, orders and so on.
    let rest: [String]

    /// The paths of the authority.
    static let paths: [RequestKind: String] = [
        .directory: "directory", .newNonce: "new-nonce", .newAccount: "new-account", .newOrder: "new-order",
        .revocation: "revoke", .keyChange: "change-key", .renewalInfo: "renewal-info", .account: "account",
        .order: "order", .authorization: "authorization", .challenge: "challenge", .finalize: "finalize",
        .certificate: "certificate",
    ]

    init(_ target: String) {
        let parts = target.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        kind = Self.paths.first { $0.value == parts.first }?.key ?? .other
        rest = Array(parts.dropFirst())
    }

    /// The number at a place of the path.
    /// - Throws: `Problem` where there is none below `count`.
    func number(_ index: Int = 0, below count: Int) throws -> Int {
        guard rest.indices.contains(index), let number = Int(rest[index]), (0..<count).contains(number) else {
            throw Problem.violation("nothing is there", status: 404)
        }
        return number
    }
}

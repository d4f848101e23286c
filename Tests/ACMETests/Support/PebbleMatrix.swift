import Foundation
import TestPeers
import Testing

/// One of pebble's tempers: where FAULTS_FULL is set all of them, with a hundred renewals each.
struct PebbleMatrix: Sendable, CustomTestStringConvertible {
    private static let isFull = ProcessInfo.processInfo.environment["FAULTS_FULL"] != nil

    static let renewals = isFull ? 100 : 12
    static let settings = isFull ? all : some

    /// In percent.
    let nonceRejections: Int
    let authorizationReuse: Int
    let length: Int
    let alternates: Int

    var testDescription: String {
        "\(nonceRejections) % of nonces refused, \(authorizationReuse) % of authorizations reused, "
            + "\(length) in the chain, \(alternates) alternates"
    }

    var pebble: Pebble.Settings {
        .with {
            $0.nonceRejections = nonceRejections
            $0.authorizationReuse = authorizationReuse
            $0.chainLength = length
            $0.alternates = alternates
            $0.alwaysValid = true
        }
    }

    private static let some = [
        Self(nonceRejections: 0, authorizationReuse: 0, length: 1, alternates: 0),
        Self(nonceRejections: 5, authorizationReuse: 50, length: 3, alternates: 0),
        Self(nonceRejections: 50, authorizationReuse: 100, length: 1, alternates: 2),
    ]

    private static var all: [Self] {
        [0, 5, 50].flatMap { nonces in
            [0, 50, 100].flatMap { reuse in
                [1, 3].flatMap { length in
                    [0, 2].map {
                        Self(nonceRejections: nonces, authorizationReuse: reuse, length: length, alternates: $0)
                    }
                }
            }
        }
    }
}

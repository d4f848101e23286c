import Foundation
import HostileAuthority

/// Ways in which a CA can misbehave while a certificate is obtained, by themselves or several at once.
struct HostileCase: CustomStringConvertible, Sendable {
    var misbehaviours: [Misbehaviour]
    var description: String { "\(misbehaviours)".prefix(200).description }

    init(_ misbehaviours: Misbehaviour...) { self.misbehaviours = misbehaviours }

    static let groups = [
        "certificates": certificates, "addresses": addresses, "texts": texts, "answers": answers, "waits": waits,
        "orders": orders,
    ]

    private static let certificates = CertificateFlaw.allCases.map { HostileCase(.certificate($0)) }

    private static let addresses = URLField.allCases.flatMap { field in
        URLPlace.allCases.filter { $0 != .missing || field != .authorization }.map { HostileCase(.url(field, $0)) }
    }

    private static let texts: [HostileCase] =
        [
            "../../etc/passwd", "$(id)", "", "a\nb", "a b", "a\u{0}b", "ä", String(repeating: "a", count: 300),
            // One character of many scalars.
            "e" + String(repeating: "\u{301}", count: 20_000),
        ]
        .flatMap { text in
            [
                HostileCase(.token(text)), HostileCase(.challengeType(text)),
                HostileCase(.problem(.newOrder, Problem(400, "malformed", hostile(text)))),
                HostileCase(.problem(.newAccount, Problem(403, text, hostile(text)))),
                HostileCase(
                    .challengeFails(
                        Problem(403, "x", hostile(text), parts: [.init(text, hostile(text), name: hostile(text))]))),
            ]
        }

    private static func hostile(_ text: String) -> String {
        "\u{1b}[2J\r\n\(text)\u{202e}" + String(repeating: "x", count: 5000)
    }

    /// Where a request of this kind is sent at all.
    private static let kinds: [RequestKind] = [
        .directory, .newNonce, .newAccount, .newOrder, .order, .authorization, .challenge, .finalize, .certificate,
    ]

    private static let answers: [HostileCase] = kinds.flatMap { kind in
        let odd: [Oddity] = [
            .notJSON, .emptyBody, .wrongContentType, .array, .hugeJSON(bytes: 3 << 20), .deepJSON(levels: 50_000),
            .redirect(status: 302), .redirect(status: 308), .status(500), .status(204), .endlessBody, .endlessHeader,
            .cut, .header("Retry-After", "315360000"), .header("Replay-Nonce", "not a nonce\u{7f}"),
        ]
        // So that the order is looked at.
        return odd.map { HostileCase(.reply(kind, $0), .processing(polls: 1)) }
            + [HostileCase(.lostReply(kind, times: 1), .processing(polls: 1))]
    }

    private static let waits: [HostileCase] = [
        "", "Wed, 21 Oct 2015 07:28:00 GMT", "soon", "315360000", "-5", "1e9", "9999999999999999999999",
    ]
    .flatMap { wait in
        [
            HostileCase(.processing(retryAfter: wait)), HostileCase(.pending(retryAfter: wait)),
            HostileCase(.problem(.newOrder, Problem(429, "rateLimited", "slowly", retryAfter: wait))),
            HostileCase(.problem(.finalize, Problem(503, "serverInternal", "busy", retryAfter: wait))),
        ]
    }

    private static let orders: [HostileCase] = [
        HostileCase(.nonceRejected()), HostileCase(.nonceRejected(times: 2)), HostileCase(.nonceMissing),
        HostileCase(.orderForAnotherName), HostileCase(.authorizationForAnotherName),
        HostileCase(.count(.authorization, 100_000)), HostileCase(.count(.challenge, 10_000)),
        HostileCase(.count(.alternate, 1000)), HostileCase(.count(.challenge, 0)), HostileCase(.accountForgotten),
    ]
}

import Automation
import Crypto
import Foundation
import Storage
import Synchronization

/// Accounts, sessions and tokens: who may come in, and as whom.
///
/// What is looked up for every request is kept for a second, so that a change from elsewhere counts that soon; changes
/// from here count at once.
public final class People: Sendable {
    /// How long sessions live.
    public struct Lives: Sendable {
        public var idle = Span.hours(1)
        public var absolute = Span.hours(12)
        /// How long a proof of who it is holds for what is most dangerous.
        public var proof = Span.minutes(5)
        public init() {}
    }

    private static let kept = Span.seconds(1)

    let ledger: any Ledger
    let now: @Sendable () -> Instant
    let entropy: @Sendable (Int) -> [UInt8]
    let lives: Lives
    let hasher: PasswordHasher
    let throttle = SignInThrottle()
    private let accounts = Mutex<[String: (Account?, Instant)]>([:])
    private let sessions = Mutex<[String: (Stored<Session>?, Instant)]>([:])
    private let tokens = Mutex<[String: (Stored<AccessToken>?, Instant)]>([:])
    /// Counts the changes: what was read before the last of them is not kept.
    private let changes = Mutex(0)

    public convenience init(
        ledger: any Ledger, now: @escaping @Sendable () -> Instant, entropy: @escaping @Sendable (Int) -> [UInt8],
        lives: Lives = Lives(), cost: PasswordHash.Cost = .usual
    ) {
        self.init(
            ledger: ledger, now: now, entropy: entropy, lives: lives,
            hasher: PasswordHasher(cost: cost, entropy: entropy))
    }

    init(
        ledger: any Ledger, now: @escaping @Sendable () -> Instant, entropy: @escaping @Sendable (Int) -> [UInt8],
        lives: Lives = Lives(), hasher: PasswordHasher
    ) {
        self.ledger = ledger
        self.now = now
        self.entropy = entropy
        self.lives = lives
        self.hasher = hasher
    }

    public func end() { hasher.end() }

    /// What is stored, with what changing it needs.
    struct Stored<Body: Codable & Sendable>: Sendable {
        var body: Body
        var record: DocumentRecord

        init?(_ record: DocumentRecord?) throws {
            guard let record else { return nil }
            body = try JSONDecoder().decode(Body.self, from: Data(record.body.utf8))
            self.record = record
        }
    }

    // MARK: Reading

    func account(_ name: String) async throws -> Account? {
        let now = now()
        if let (account, at) = accounts.withLock({ $0[name] }), now - at < Self.kept, now >= at { return account }
        let changes = changes.withLock { $0 }
        let account = try await Stored<Account>(ledger.document(.account, name))?.body
        accounts.withLock { keep(since: changes, &$0, name, (account, now)) }
        return account
    }

    func session(_ key: String) async throws -> Stored<Session>? {
        let now = now()
        if let (session, at) = sessions.withLock({ $0[key] }), now - at < Self.kept, now >= at { return session }
        let changes = changes.withLock { $0 }
        let session = try await Stored<Session>(ledger.document(.session, key))
        sessions.withLock { keep(since: changes, &$0, key, (session, now)) }
        return session
    }

    func token(_ key: String) async throws -> Stored<AccessToken>? {
        let now = now()
        if let (token, at) = tokens.withLock({ $0[key] }), now - at < Self.kept, now >= at { return token }
        let changes = changes.withLock { $0 }
        let token = try await Stored<AccessToken>(ledger.document(.token, key))
        tokens.withLock { keep(since: changes, &$0, key, (token, now)) }
        return token
    }

    /// Whoever makes keys up must not fill the memory.
    private func keep<Value>(
        since before: Int, _ cache: inout [String: (Value, Instant)], _ key: String, _ value: (Value, Instant)
    ) {
        guard changes.withLock({ $0 }) == before else { return }
        if cache.count >= 4096 { cache = [:] }
        cache[key] = value
    }

    /// After a change.
    func forget() {
        changes.withLock { $0 &+= 1 }
        accounts.withLock { $0 = [:] }
        sessions.withLock { $0 = [:] }
        tokens.withLock { $0 = [:] }
    }

    // MARK: Writing

    func record(
        _ kind: DocumentRecord.Kind, _ key: String, owner: String = "", endsAt: Instant = .distantFuture,
        replacing known: DocumentRecord? = nil, _ body: some Encodable
    ) throws -> Change.Write {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let text = String(decoding: try encoder.encode(body), as: UTF8.self)
        return .putDocument(
            DocumentRecord(
                kind, key, owner: owner, endsAt: endsAt, revision: known?.revision ?? 0, body: text))
    }

    func event(
        _ kind: String, _ actor: String, _ subject: String, _ detail: [String: String] = [:], reason: String = ""
    ) -> EventDraft {
        EventDraft(at: now(), actor: actor, kind: kind, subject: subject, reason: reason, detail: detail)
    }

    func commit(_ writes: [Change.Write], _ events: [EventDraft]) async throws {
        let outcome = try await ledger.commit(Change(writes, events: events))
        forget()
        guard case .conflict(let reason) = outcome else { return }
        throw Problem(
            409, "people.conflict", "Somebody else changed it meanwhile: \(reason).",
            remedy: "Look at it as it is now, and try again.")
    }

    /// What is stored in the place of a session's id or of a token.
    static func key(_ secret: String) -> String { Self.hash(secret).map { Self.hexadecimal($0) }.joined() }

    static func hash(_ secret: String) -> Data { Data(SHA256.hash(data: Data(secret.utf8))) }

    private static func hexadecimal(_ byte: UInt8) -> String {
        let digits = Array("0123456789abcdef")
        return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }

    /// 256 bits, fit for a header and an address.
    func newSecret() -> String {
        Data(entropy(32)).base64EncodedString().replacingOccurrences(of: "+", with: "-")
            .replacingOccurrences(of: "/", with: "_").replacingOccurrences(of: "=", with: "")
    }
}

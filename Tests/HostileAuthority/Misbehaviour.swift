import Foundation

/// One way in which the authority breaks its word. Without any it keeps to RFC 8555 and RFC 9773.
public enum Misbehaviour: Sendable, Equatable {
    /// What it certifies is not what was asked for.
    case certificate(CertificateFlaw)
    /// A URL that it names leads elsewhere.
    case url(URLField, URLPlace)
    /// This is the token of every challenge.
    case token(String)
    /// It refuses such requests, so many times; nil: always.
    case problem(RequestKind, Problem, times: Int? = nil)
    /// It answers such requests right, but the answer is damaged on its way.
    case reply(RequestKind, Oddity, times: Int? = nil)
    /// It does what such a request asks, and closes the connection instead of saying so, so many times.
    case lostReply(RequestKind, times: Int = 1)
    /// It refuses good nonces, so many times; nil: always.
    case nonceRejected(times: Int? = nil)
    /// Its answers carry no nonce.
    case nonceMissing
    /// An order stays in "processing" for so many looks at it; nil: for ever. `retryAfter` as its header says it.
    case processing(polls: Int? = nil, retryAfter: String? = "1")
    /// An authorization stays pending for so many looks at it after its challenge was answered; nil: for ever.
    case pending(polls: Int? = nil, retryAfter: String? = "1")
    /// Each challenge fails, and this is the reason given.
    case challengeFails(Problem)
    /// What it says of renewal.
    case renewal(RenewalFlaw)
    /// It knows no account that was made before.
    case accountForgotten
    /// An order answers about another name than it was asked for.
    case orderForAnotherName
    /// The authorizations of an order are for other names.
    case authorizationForAnotherName
    /// An order names so many authorizations, an authorization so many challenges, a certificate so many alternates.
    case count(URLField, Int)
    /// The type of each challenge.
    case challengeType(String)
}

/// What is wrong with a certificate.
public enum CertificateFlaw: String, CaseIterable, Sendable {
    case anotherKey, anotherName, missingName, extraName, expired, notYetValid
    /// Signed by another key than that of the intermediate that comes with it.
    case brokenChain
    /// The leaf comes last.
    case leafLast
    /// 5 MiB of intermediates behind the leaf.
    case hugeChain
    case empty, notPEM, notDER
    /// A private key lies between the certificates.
    case privateKeyInside
}

/// Where the authority names a URL.
public enum URLField: String, CaseIterable, Sendable {
    case newNonce, newAccount, newOrder, revocation, keyChange, renewalInfo
    /// In the Location header.
    case account, order
    case authorization, challenge, finalize, certificate
    /// In the Link header with rel="alternate".
    case alternate
}

/// Where such a URL leads.
public enum URLPlace: String, CaseIterable, Sendable {
    /// To this machine over http; `strays` counts who follows.
    case insecure
    /// To another host over https; `strays` counts who follows.
    case foreign
    /// To a file of the client.
    case file
    case relative, garbage, empty
    /// The member or header is not there.
    case missing
    /// The member is a number; in a header as `garbage`.
    case number
}

/// How an answer is damaged.
public enum Oddity: Sendable, Equatable {
    case notJSON, emptyBody, wrongContentType
    /// An array where an object is due.
    case array
    /// A right object with so many bytes more.
    case hugeJSON(bytes: Int)
    /// So many arrays in one another.
    case deepJSON(levels: Int)
    /// To the same path at another host; `strays` counts who follows.
    case redirect(status: Int)
    case status(Int)
    case endlessHeader, endlessBody, cut
    /// One byte each so often.
    case drip(every: Duration)
    /// A further header.
    case header(String, String)
}

/// What is wrong with the advice about renewal (RFC 9773, 4.2).
public enum RenewalFlaw: Sendable, Equatable {
    /// No flaw: this window, and this Retry-After as its header says it.
    case window(start: Date, end: Date, retryAfter: String? = "21600")
    case inverted, malformedDates, missingWindow, numbers
    /// The right window, with this explanationURL.
    case explanation(String)
    case retryAfter(String?)
}

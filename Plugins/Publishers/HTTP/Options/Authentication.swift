import Curl
import Foundation
import PluginKit

/// How requests prove who asks.
enum Authentication: Sendable {
    case bearer(Secret)
    case basic(user: String, password: Secret)
    case header(name: String, value: Secret)
    case oauth(OAuthClient)
    case aws(RequestSigning, sessionToken: Secret?)
}

/// Who asks an authorization server for tokens (RFC 6749, 4.4).
struct OAuthClient: Sendable {
    var tokenURL: String
    var clientID: String
    var secret: Secret
    var scope: String?
    var audience: String?
    var sendsForm: Bool
}

extension Authentication {
    /// - Throws: `PluginFailure` (`configuration`) where several ways are given, or half of one.
    static func read(_ options: Options) throws -> Authentication? {
        var ways: [Authentication] = []
        if let secret = options.secret("bearer") { ways.append(.bearer(secret)) }
        if let basic = options.group("basic") {
            let user = try basic.required("user", basic.text("user"))
            guard !user.contains(":") else {
                throw HTTPFailure.option("`authentication.basic.user` has a colon, which no user's name may have.")
            }
            ways.append(.basic(user: user, password: try basic.required("password", basic.secret("password"))))
        }
        if let header = options.group("header") {
            let name = try header.required("name", header.text("name"))
            guard HTTPHeader.isName(name) else { throw HTTPFailure.option("`\(name)` is no name of a header.") }
            ways.append(.header(name: name, value: try header.required("value", header.secret("value"))))
        }
        if let oauth = options.group("oauth") { ways.append(.oauth(try OAuthClient(oauth))) }
        if let aws = options.group("aws") {
            let key = try aws.required("secretAccessKey", aws.secret("secretAccessKey"))
            let signing = RequestSigning(
                accessKey: try aws.required("accessKeyID", aws.text("accessKeyID")),
                secretKey: key.withBytes { String(decoding: $0, as: UTF8.self) },
                region: try aws.required("region", aws.text("region")),
                service: try aws.required("service", aws.text("service")))
            ways.append(.aws(signing, sessionToken: aws.secret("sessionToken")))
        }
        guard ways.count <= 1 else {
            throw HTTPFailure.option("`authentication` gives several ways; only `clientCertificate` may be a second.")
        }
        return ways.first
    }
}

extension OAuthClient {
    init(_ options: Options) throws {
        let tokenURL = try options.required("tokenURL", options.text("tokenURL"))
        // Wherever it stands: a password may have a slash in it, though it should not.
        guard !tokenURL.contains("@") else {
            throw HTTPFailure.option("`authentication.oauth.tokenURL` may have no user and no password in it.")
        }
        self.init(
            tokenURL: tokenURL,
            clientID: try options.required("clientID", options.text("clientID")),
            secret: try options.required("clientSecret", options.secret("clientSecret")), scope: options.text("scope"),
            audience: options.text("audience"), sendsForm: options.text("sends") == "form")
    }
}

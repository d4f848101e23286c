import Automation
import Foundation
import PluginKit
import Profiles
import Runner
import Storage

/// Why something is not done, as people and programs are told (RFC 9457).
public struct Problem: Error, Sendable, Equatable {
    public var status: Int
    /// Stable and dotted.
    public var code: String
    public var message: String
    public var remedy: String
    /// Seconds, for `Retry-After`.
    public var retryAfter: Int?
    /// The code of what is wrong with something that was read, at its places.
    package static let ofPlaces = "request.problems"

    /// What is wrong where, for forms and files.
    public var places: [Place] = []

    public struct Place: Sendable, Equatable, Codable {
        /// The field, or "file:line:column".
        public var place: String
        public var message: String
        public var remedy: String

        public init(_ place: String, _ message: String, remedy: String) {
            self.place = place
            self.message = message
            self.remedy = remedy
        }
    }

    public init(_ status: Int, _ code: String, _ message: String, remedy: String, retryAfter: Int? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.remedy = remedy
        self.retryAfter = retryAfter
    }

    static func refused(_ code: String, _ message: String, remedy: String) -> Self {
        Self(422, code, message, remedy: remedy)
    }

    static let tooManySignIns = Self(
        429, "sign-in.busy", "Too many people sign in at this moment.", remedy: "Try again in a few seconds.",
        retryAfter: 5)
    static let signInNeeded = Self(
        401, "sign-in.needed", "This needs you to sign in.",
        remedy: "Sign in, or send a token as `Authorization: Bearer TOKEN`.")
    static let notAllowed = Self(
        403, "right.missing", "Your role does not allow this.", remedy: "Ask an administrator of this certflow.")
    static let notFound = Self(
        404, "page.unknown", "There is nothing here.",
        remedy: "Begin at the home page, or look into /api/v1/openapi.json.")
    static let wrongMethod = Self(
        405, "method.unknown", "This address takes no such request.",
        remedy: "See /api/v1/openapi.json for those it takes.")
    static let forged = Self(
        403, "request.forged", "The form does not come from this session.",
        remedy: "Open the page again and repeat it there.")
    static let tooLarge = Self(
        413, "request.too-large", "The request is larger than 1 MiB.", remedy: "Send less at a time.")

    /// What an error comes to outside; nil where it is none that people can do something about: that goes to the log.
    static func of(_ error: any Error) -> Problem? {
        switch error {
        case let problem as Problem: return problem
        case let refusal as DeskRefusal: return Self(refusal)
        case let storage as StorageError:
            return Self(503, storage.code.rawValue, storage.message, remedy: storage.remedy, retryAfter: 5)
        case let problems as ProfileProblems:
            var problem = refused(
                "profile.problems", "The profile is not accepted.", remedy: "Mend what stands beside each line.")
            problem.places = problems.problems.map { Place("\($0.position)", $0.message, remedy: $0.remedy) }
            return problem
        case let option as OptionProblem:
            var problem = refused("file.problem", option.message, remedy: option.remedy)
            problem.places = [Place("\(option.position)", option.message, remedy: option.remedy)]
            return problem
        case let failure as PluginFailure:
            return Self(502, failure.code, failure.message, remedy: failure.remedy)
        default: return nil
        }
    }

    init(_ refusal: DeskRefusal) {
        let status =
            switch refusal.code {
            case let code where code.hasSuffix(".unknown"): 404
            case "ledger.conflict": 409
            default: 422
            }
        self.init(status, refusal.code, refusal.message, remedy: refusal.remedy)
    }

    /// The document of RFC 9457, section 3.
    package struct Document: Codable {
        package var type: String
        package var title: String
        package var status: Int
        package var code: String
        package var detail: String
        package var remedy: String
        package var places: [Place]?
        /// Finds it in the log.
        package var reference: String?
    }

    func document(reference: String?) -> Document {
        Document(
            type: "urn:certflow:problem:\(code)", title: message, status: status, code: code,
            detail: "\(message) \(remedy)", remedy: remedy, places: places.isEmpty ? nil : places, reference: reference)
    }
}

import Certificates
import Foundation
import PluginKit
import Profiles
import Runner
import Storage

/// An error for a person: what happened, and what to do.
struct Complaint {
    var message: String
    var remedy: String?

    init(_ message: String, remedy: String? = nil) {
        self.message = message
        self.remedy = remedy
    }

    /// Every module has an error type of its own that carries both.
    init(_ error: any Error) {
        switch error {
        case let known as HomeProblem: self.init(known.message, remedy: known.remedy)
        case let known as DeskRefusal: self.init(known.message, remedy: known.remedy)
        case let known as StorageError: self.init(known.message, remedy: known.remedy)
        case let known as PluginFailure: self.init(known.message, remedy: known.remedy)
        case let known as CertificateFailure: self.init(known.message, remedy: known.remedy)
        case let known as OptionProblem: self.init("\(known.position): \(known.message)", remedy: known.remedy)
        case let known as ProfileProblems:
            self.init(known.problems.map(\.description).joined(separator: "\n"))
        case let known as CocoaError:
            self.init(known.localizedDescription, remedy: "Check the path and its rights.")
        default: self.init("\(error)", remedy: "This is not an error that certflow expects; please report it.")
        }
    }

    var text: String { [message, remedy].compactMap { $0 }.joined(separator: "\n  ") }
}

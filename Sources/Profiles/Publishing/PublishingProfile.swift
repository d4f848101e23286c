import Automation
import PluginKit

/// Where and how certificates are published: one file in `profiles/publishing/`.
public struct PublishingProfile: Sendable, Equatable {
    /// One place that the profile publishes to.
    public struct Target: Sendable, Equatable {
        public var name: String
        /// The profile's options, with the target's own in their place; accepted by the publisher's schema.
        public var options: OptionTree

        public init(name: String, options: OptionTree) {
            self.name = name
            self.options = options
        }
    }

    public var name: String
    public var description: String
    /// The backend's name.
    public var publisher: String
    /// At least one, in the file's order.
    public var targets: [Target]
    /// Before the reload: whether what uses the certificate accepts it.
    public var test: CommandStep?
    /// Makes what uses the certificate read it.
    public var reload: CommandStep?
    /// Nil: a publication ends as "published, not checked".
    public var proof: ProofStep?
    public var rollout: Rollout
    /// Whether a failed test, reload or proof puts the version before back.
    public var rollsBack: Bool
    public var file: String
    /// What its header comment says of where it was tried (`# verified: ...`).
    public var verified: String?
    /// Of the file's content, in hexadecimal: differs where it was changed. Guards against nothing.
    public var digest: String

    /// The target of a profile that lists none: its options alone say where it publishes.
    public static let soleTarget = "default"

    public init(
        name: String, description: String = "", publisher: String, targets: [Target], test: CommandStep? = nil,
        reload: CommandStep? = nil, proof: ProofStep? = nil, rollout: Rollout = .allAtOnce, rollsBack: Bool = true,
        file: String = "", verified: String? = nil, digest: String = ""
    ) {
        self.name = name
        self.description = description
        self.publisher = publisher
        self.targets = targets
        self.test = test
        self.reload = reload
        self.proof = proof
        self.rollout = rollout
        self.rollsBack = rollsBack
        self.file = file
        self.verified = verified
        self.digest = digest
    }
}

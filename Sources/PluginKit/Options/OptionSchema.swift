/// The options of a backend, declared once: the check of the YAML, the web form, the reference page, the redaction list
/// and the inputs of the conformance tests all come from here.
public struct OptionSchema: Codable, Sendable, Equatable {
    public struct Field: Codable, Sendable, Equatable {
        public var name: String
        public var shape: Shape
        public var required: Bool
        /// One sentence: what it means, with its unit and its default.
        public var summary: String
        /// As it would stand in YAML.
        public var example: String?
        public var role: Role

        public init(
            _ name: String, _ shape: Shape, required: Bool = false, role: Role = .content, example: String? = nil,
            _ summary: String
        ) {
            self.name = name
            self.shape = shape
            self.required = required
            self.summary = summary
            self.example = example
            self.role = role
        }
    }

    /// What a field's value takes part in.
    public enum Role: String, Codable, Sendable {
        /// What is rendered at the target: a change publishes again.
        case content
        /// The machine or service that is reached: calls are limited per target, and a change publishes again.
        case target
        /// The place that is written, with `target`: two flows may not own the same. A change publishes again.
        case place
        /// How it is done (timeouts, credentials): a change publishes nothing.
        case manner
    }

    public enum Shape: Codable, Sendable, Equatable {
        case text
        case integer(ClosedRange<Int>)
        case flag
        /// Written as `30s`, `5m`, `2h`, `7d`; between the two bounds, in seconds.
        case duration(ClosedRange<Int64>)
        case host
        /// An absolute path.
        case path
        /// One path component: no `/`, not `.` or `..`.
        case fileName
        case url
        /// Permission bits in octal, as a string: "0640".
        case mode
        case choice([String])
        /// `{secret: NAME}`: a reference, resolved per call.
        case secret
        /// One of `Artifact.Content`; `passphrase` beside it where the form needs one.
        case content
        /// Text that its backend finishes (`DeferredText`): besides the host's variables it may name `secret.NAME`,
        /// `content.NAME` of a group with `name` and a content, and what the backend knows.
        case template
        /// A structure of groups, lists and values whose strings are such templates.
        case json
        indirect case list(Shape)
        indirect case group([Field])
        /// A group whose keys are free.
        indirect case map(Shape)
    }

    public var fields: [Field]

    public init(_ fields: [Field] = []) { self.fields = fields }

    public func field(_ name: String) -> Field? { fields.first { $0.name == name } }
}

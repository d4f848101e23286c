/// The options that every publisher of files shares: where they go, in which layout, what they look like.
public struct FileOptions: Sendable {
    public enum Layout: String, Codable, Sendable, CaseIterable { case versioned, flat }

    public struct File: Sendable {
        public var name: String
        public var content: Artifact.Content
        /// Index into the delivery's artifacts.
        public var artifact: Int
        /// Permission bits.
        public var mode: UInt32
        /// A name or a number.
        public var owner: String?
        public var group: String?

        public init(
            name: String, content: Artifact.Content, artifact: Int, mode: UInt32? = nil, owner: String? = nil,
            group: String? = nil
        ) {
            self.name = name
            self.content = content
            self.artifact = artifact
            self.mode = mode ?? (content.isPrivate ? 0o600 : 0o644)
            self.owner = owner
            self.group = group
        }
    }

    /// Absolute, without doubled or trailing slashes.
    public var directory: String
    public var layout: Layout
    public var files: [File]
    /// How many replaced versions (versioned) or copies (flat) `sweep` leaves.
    public var keep: Int
    /// The permission bits of the directories that are made for readers.
    public var directoryMode: UInt32

    public init(
        directory: String, layout: Layout = .versioned, files: [File], keep: Int = 5, directoryMode: UInt32 = 0o755
    ) {
        self.directory = OptionText.normalized(path: directory)
        self.layout = layout
        self.files = files
        self.keep = keep
        self.directoryMode = directoryMode
    }
}

extension FileOptions {
    /// For the schema of a publisher of files.
    public static let fields: [OptionSchema.Field] = [
        .init(
            "directory", .path, required: true, role: .place, example: "/etc/nginx/tls/{{certificate.name}}",
            "Where the files go. It is made where it is missing; what it stands in must exist."),
        .init(
            "layout", .choice(Layout.allCases.map(\.rawValue)), example: "versioned",
            "`versioned` (default): files are read through `directory/live`, a link that switches the whole set in one "
                + "step. `flat`: files lie in `directory` itself and are replaced one by one."),
        .init(
            "files",
            .list(
                .group([
                    .init(
                        "name", .fileName, required: true, role: .place, example: "fullchain.pem", "The file's name."),
                    .init("content", .content, required: true, example: "fullchain", "What it holds."),
                    .init(
                        "mode", .mode, example: "\"0640\"",
                        "Permission bits; \"0600\" where the private key is in it, else \"0644\"."),
                    .init("owner", .text, example: "postgres", "A user's name or number; default: who runs certflow."),
                    .init(
                        "group", .text, example: "ssl-cert", "A group's name or number; default: as files get there."),
                ])), required: true, "The files of one set, at least one."),
        .init(
            "keep", .integer(0...100), role: .manner, example: "5",
            "How many replaced versions stay for a rollback; default 5."),
        .init(
            "directoryMode", .mode, example: "\"0755\"",
            "Permission bits of the directories that are made for readers; default \"0755\"."),
    ]

    /// - Throws: `PluginFailure` (`configuration`) where the files can't stand side by side.
    public init(_ options: Options) throws {
        let files = try options.groups("files").map { file in
            File(
                name: try file.required("name", file.text("name")),
                content: try file.required("content", file.content("content")),
                artifact: try file.required("content", file.artifact("content")), mode: file.mode("mode"),
                owner: file.text("owner"), group: file.text("group"))
        }
        self.init(
            directory: try options.required("directory", options.text("directory")),
            layout: options.text("layout").flatMap(Layout.init) ?? .versioned, files: files,
            keep: options.integer("keep") ?? 5, directoryMode: options.mode("directoryMode") ?? 0o755)
        try checkNames()
    }

    private func checkNames() throws {
        guard !files.isEmpty else {
            throw PluginFailure(
                .configuration, code: "files.none", message: "The profile names no files for \(directory).",
                remedy: "Add at least one, for example `- {name: fullchain.pem, content: fullchain}`.")
        }
        var seen: Set<String> = []
        for file in files {
            guard seen.insert(file.name).inserted else {
                throw PluginFailure(
                    .configuration, code: "files.name-twice",
                    message: "Two files of the profile are called \(file.name) in \(directory).",
                    remedy: "Give each a name of its own.")
            }
            guard !file.name.hasPrefix(OwnNames.prefix), file.name.utf8.count <= 255 else {
                throw PluginFailure(
                    .configuration, code: "files.name-reserved",
                    message: "A file in \(directory) can't be called \(file.name).",
                    remedy: "Names that start with `\(OwnNames.prefix)` are certflow's own, and 255 bytes is the most.")
            }
        }
    }

    /// The file that says which certificate is there; nil where only private forms that nobody but their reader can
    /// open are published. A public one is preferred, so that looking reads no key.
    var witness: File? {
        for content in [Artifact.Content.fullchain, .certificate, .der, .bundle] {
            if let file = files.first(where: { $0.content == content }) { return file }
        }
        return nil
    }
}

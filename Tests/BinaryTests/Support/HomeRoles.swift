import FaultKit

/// What the paths of a home, and of the directories it publishes to, are called in labels.
enum HomeRoles {
    /// More specific patterns first. `tls/` holds one directory for each layout, named after it.
    static func all(root: String) -> [PathRole] { home(root) + versioned + flat + [PathRole("tls", "\(root)/tls")] }

    static let shm = "shm"
    static let wal = "wal"
    /// What only its owner may ever see.
    static let privateFiles: Set<String> = [
        shm, wal, "database", "journal", "master-key", "new-master-key", "lock", "staged-key", "staged-bundle",
        "flat-new-key", "flat-new-bundle", "flat-copy", "settings", "new-settings",
    ]
    /// Names in the home itself that a later run takes for complete.
    static let kept: Set<String> = ["master-key", "settings", "profile"]
    /// Names that readers, or a later run, take for complete.
    static let published: Set<String> = ["live", "version", "flat-set", "flat-state", "flat-file"]

    private static func home(_ root: String) -> [PathRole] {
        [
            PathRole("shm", "certflow.db-shm"), PathRole("wal", "certflow.db-wal"),
            PathRole("journal", "certflow.db-journal"), PathRole("database", "certflow.db"),
            PathRole("new-master-key", "master.key.new"), PathRole("master-key", "master.key"),
            PathRole("lock", "runner.lock"), PathRole("socket", "runner.sock"),
            PathRole("socket", "socket:unix:**"), PathRole("settings", "certflow.yaml"),
            PathRole("new-settings", "home/.certflow.yaml.new"), PathRole("new-profile", "home/profiles/*/.*.new"),
            PathRole("profile", "home/profiles/*/*.yaml"), PathRole("profiles", "home/profiles"),
            PathRole("profiles-of-a-kind", "home/profiles/*"), PathRole("home", "\(root)/home"),
            PathRole("root", root),
        ]
    }

    private static let versioned = [
        PathRole("live", "versioned/live"), PathRole("new-live", "versioned/.certflow-link-live"),
        PathRole("staged-record", "versioned/versions/.staging-*/.certflow.json"),
        PathRole("staged-key", "versioned/versions/.staging-*/privkey.pem"),
        PathRole("staged-bundle", "versioned/versions/.staging-*/bundle.pem"),
        PathRole("staged-chain", "versioned/versions/.staging-*/fullchain.pem"),
        PathRole("staging", "versioned/versions/.staging-*"), PathRole("version-file", "versioned/versions/*/*"),
        PathRole("version", "versioned/versions/*"), PathRole("versions", "versioned/versions"),
        PathRole("versioned", "tls/versioned"),
    ]

    private static let flat = [
        PathRole("flat-staged-record", "flat/.certflow/*/.staging-*/.certflow.json"),
        PathRole("flat-copy", "flat/.certflow/*/.staging-*/*"),
        PathRole("flat-staging", "flat/.certflow/*/.staging-*"),
        PathRole("flat-new-state", "flat/.certflow/*/.certflow-link-state"),
        PathRole("flat-state", "flat/.certflow/*/state"), PathRole("flat-set-file", "flat/.certflow/*/*/*"),
        PathRole("flat-set", "flat/.certflow/*/*"), PathRole("flat-store", "flat/.certflow/*"),
        PathRole("flat-stores", "flat/.certflow"), PathRole("flat-new-chain", "flat/.certflow-*.0"),
        PathRole("flat-new-key", "flat/.certflow-*.1"), PathRole("flat-new-bundle", "flat/.certflow-*.2"),
        PathRole("flat-file", "flat/*.pem"), PathRole("flat", "tls/flat"),
    ]
}

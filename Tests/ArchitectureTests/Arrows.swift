/// Which module may know which: DESIGN.md's house as data. A new arrow is a decision: write it into ARCHITECTURE.md too.
enum Arrows {
    /// Ours, by target: what it may depend on and import of ours.
    static let ours: [String: Set<String>] = [
        "Automation": [],
        "PluginKit": [],
        "Certificates": ["Automation", "PluginKit", "COpenSSL"],
        "Curl": ["CCurl"],
        "Processes": ["PluginKit"],
        "Profiles": ["Automation", "PluginKit"],
        "Probe": ["Automation"],
        "Storage": ["Automation", "PluginKit"],
        "StorageSQLite": ["Automation", "PluginKit", "Storage"],
        "Runner": ["Automation", "PluginKit", "Profiles", "Certificates", "Storage"],
        "FilesystemPublisher": ["PluginKit", "CLinux"],
        "HTTPPublisher": ["PluginKit", "Curl"],
        // OpenSSL reads private keys under a passphrase.
        "SFTPPublisher": ["PluginKit", "CSSH2", "COpenSSL"],
        // The subjects, lives and instants in Certificates' interface are Automation's.
        "LocalAuthority": ["Automation", "PluginKit", "Certificates"],
        "ACME": ["Automation", "PluginKit", "Certificates", "Curl"],
        "Server": ["Automation", "PluginKit", "Certificates", "Profiles", "Storage", "Runner"],
        "certflow": [
            "Automation", "PluginKit", "Certificates", "Processes", "Profiles", "Probe", "Storage", "StorageSQLite",
            "Runner", "Server", "FilesystemPublisher", "HTTPPublisher", "SFTPPublisher", "LocalAuthority", "ACME",
            "Curl",
            // The doctor asks the kernel whether its clock is kept right.
            "CLinux",
        ],
    ]

    /// Modules of packages and of C, by module: the only targets that may import them.
    static let owners: [String: Set<String>] = [
        "ArgumentParser": ["certflow"],
        "CCurl": ["Curl"],
        "COpenSSL": ["Certificates", "SFTPPublisher"],
        "CSSH2": ["SFTPPublisher"],
        "CLinux": ["FilesystemPublisher", "certflow"],
        "Crypto": [
            "ACME", "Certificates", "LocalAuthority", "Runner", "SFTPPublisher", "Server", "Storage", "certflow",
        ],
        "CryptoExtras": ["ACME", "Certificates", "SFTPPublisher", "Server"],
        "HTTPTypes": ["Server"],
        "Hummingbird": ["Server"],
        "HummingbirdCore": ["Server"],
        "Logging": ["Server", "certflow"],
        "Mustache": ["Server"],
        "X509": ["ACME", "Certificates", "LocalAuthority"],
        "SwiftASN1": ["ACME", "Certificates", "LocalAuthority"],
        "_CryptoExtras": [],
        "GRDB": ["StorageSQLite"],
        "GRDBSQLite": ["StorageSQLite"],
        "NIOCore": ["ACME", "Probe", "Server"],
        "NIOHTTP1": ["Server"],
        "NIOPosix": ["ACME", "Probe", "Server"],
        "NIOSSL": ["ACME", "Probe", "Server"],
        "ServiceLifecycle": ["Server", "certflow"],
        "NIOTLS": ["Probe"],
        "Subprocess": ["Processes"],
        "UnixSignals": ["certflow"],
        "Yams": ["Profiles"],
    ]

    /// What the toolchain brings.
    static let platform: Set<String> = ["Foundation", "Glibc", "Dispatch", "Synchronization", "RegexBuilder"]
}

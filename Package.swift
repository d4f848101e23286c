// swift-tools-version: 6.2
import PackageDescription

// The arrows between these targets are the architecture: Tests/ArchitectureTests reads this file and keeps them.
// Values and rules at the bottom (Automation, PluginKit), engines and adapters above them, `certflow` alone knows all.

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let x509 = Target.Dependency.product(name: "X509", package: "swift-certificates")
let asn1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let nio = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// `make test` sets this: what computes for minutes there (property tests, the simulation) is optimised, though the rest
/// is a debug build. Unset, as for everybody who depends on PluginKit, the manifest has no such flags.
let computing: [SwiftSetting] =
    Context.environment["CERTFLOW_OPTIMISED_TESTS"] == nil
    ? [] : [.unsafeFlags(["-O"], .when(configuration: .debug))]
let computes: Set<String> = [
    "Automation", "PluginKit", "Profiles", "Storage", "StorageSQLite", "Runner", "SimulationKit",
    "AutomationTests",
]

/// One target of ours, at `path` where that is not `Sources/<name>`.
func module(_ name: String, path: String? = nil, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name, dependencies: dependencies, path: path ?? "Sources/\(name)",
        swiftSettings: strict + (computes.contains(name) ? computing : []))
}

/// One test target: mirrors a target of ours.
func tests(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", resources: resources,
        swiftSettings: strict + (computes.contains(name) ? computing : []))
}

let package = Package(
    name: "certflow",
    products: [
        .executable(name: "certflow", targets: ["certflow"]),
        .library(name: "PluginKit", targets: ["PluginKit"]),
        .library(name: "Faults", type: .dynamic, targets: ["Faults"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
        .package(url: "https://github.com/apple/swift-certificates", exact: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        // C libraries: module map and shim, nothing else.
        .systemLibrary(name: "CLinux", path: "Sources/CLinux"),
        .systemLibrary(
            name: "COpenSSL", path: "Sources/COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CCurl", path: "Sources/CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "CSSH2", path: "Sources/CSSH2", pkgConfig: "libssh2", providers: [.apt(["libssh2-1-dev"])]),

        // Values and rules. Import nothing of ours.
        module("Automation"),
        module("PluginKit"),

        // Adapters and engines.
        module("Certificates", ["Automation", "PluginKit", "COpenSSL", x509, asn1, crypto, cryptoExtras]),
        module("Curl", ["CCurl"]),
        module("Processes", ["PluginKit", subprocess]),
        module("Profiles", ["Automation", "PluginKit", .product(name: "Yams", package: "Yams")]),
        module(
            "Probe",
            [
                "Automation", nio, nioPosix, nioSSL, .product(name: "NIOTLS", package: "swift-nio"),
            ]),
        module("Storage", ["Automation", "PluginKit", crypto]),
        module(
            "StorageSQLite",
            [
                "Automation", "PluginKit", "Storage", grdb, sqlite,
            ]),
        module("Runner", ["Automation", "PluginKit", "Profiles", "Certificates", "Storage", crypto]),

        // API and pages.
        .target(
            name: "Server",
            dependencies: [
                "Automation", "PluginKit", "Profiles", "Certificates", "Storage", "Runner", crypto, cryptoExtras,
                hummingbird, hummingbirdCore, httpTypes, logging, lifecycle, mustache, nio, nioPosix, nioHTTP1, nioSSL,
            ],
            path: "Sources/Server", resources: [.embedInCode("Assets"), .embedInCode("Templates")],
            swiftSettings: strict + computing),

        // Plug-ins: one folder, one target, one backend.
        module("FilesystemPublisher", path: "Plugins/Publishers/Filesystem", ["PluginKit", "CLinux"]),
        module("HTTPPublisher", path: "Plugins/Publishers/HTTP", ["PluginKit", "Curl"]),
        module(
            "SFTPPublisher", path: "Plugins/Publishers/SFTP",
            ["PluginKit", "CSSH2", "COpenSSL", crypto, cryptoExtras]),
        module(
            "LocalAuthority", path: "Plugins/Issuers/LocalAuthority",
            ["Automation", "PluginKit", "Certificates", x509, asn1, crypto]),
        module(
            "ACME", path: "Plugins/Issuers/ACME",
            [
                "Automation", "PluginKit", "Certificates", "Curl", x509, asn1, crypto, cryptoExtras, nio, nioPosix,
                nioSSL,
            ]),

        // The one place that knows every module.
        .executableTarget(
            name: "certflow",
            dependencies: [
                "Automation", "PluginKit", "Certificates", "Processes", "Profiles", "Probe", "Storage",
                "StorageSQLite", "Runner", "Server", "FilesystemPublisher", "HTTPPublisher", "SFTPPublisher",
                "LocalAuthority", "ACME", "Curl", "CLinux", arguments, lifecycle, logging, crypto,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            path: "Sources/certflow", resources: [.embedInCode("ExampleProfiles")], swiftSettings: strict),

        // Measures what certflow promises: `swift run -c release CertflowBenchmarks`.
        .executableTarget(
            name: "CertflowBenchmarks",
            dependencies: [
                "Automation", "PluginKit", "Certificates", "Profiles", "Storage", "StorageSQLite", "Runner", "Server",
                "Curl", "FilesystemPublisher", "HTTPPublisher", "HostileAuthority", "LocalAuthority", "SFTPPublisher",
                "SimulationKit", "TestPeers", sqlite, arguments,
            ],
            path: "Benchmarks", exclude: ["README.md"], swiftSettings: strict),

        // Tests.
        .target(name: "Faults", path: "Tests/Faults"),
        module("FaultKit", path: "Tests/FaultKit"),
        module("FileContract", path: "Tests/FileContract", ["PluginKit"]),
        module("TestPeers", path: "Tests/TestPeers", [subprocess]),
        module(
            "HostileAuthority", path: "Tests/HostileAuthority",
            [
                "TestPeers", asn1, crypto, cryptoExtras, nio, .product(name: "NIOHTTP1", package: "swift-nio"),
                nioPosix, nioSSL, x509,
            ]),
        module(
            "SimulationKit", path: "Tests/SimulationKit",
            ["Automation", "PluginKit", "Profiles", "Runner", "Storage", "StorageSQLite"]),
        .executableTarget(
            name: "simulate", dependencies: ["SimulationKit", arguments], path: "Tests/Simulate",
            swiftSettings: strict),
        tests(
            "ACMETests",
            [
                "ACME", "Automation", "Certificates", "Curl", "HostileAuthority", "PluginKit", "Processes", "TestPeers",
                asn1, crypto, cryptoExtras, nio, nioPosix, nioSSL, x509,
            ]),
        tests("ArchitectureTests", ["TestPeers", subprocess]),
        tests("AutomationTests", ["Automation"], resources: [.copy("Fixtures")]),
        tests(
            "BinaryTests",
            [
                "Automation", "FaultKit", "HostileAuthority", "PluginKit", "Storage", "StorageSQLite", "TestPeers",
                asn1, crypto, grdb, subprocess, x509,
            ]),
        tests("CertificatesTests", ["Automation", "Certificates", "PluginKit", "TestPeers", x509, asn1]),
        tests("CurlTests", ["Curl", "TestPeers", nio, nioPosix, nioSSL]),
        tests("FaultKitTests", ["FaultKit"], resources: [.copy("Fixtures")]),
        tests("FilesystemPublisherTests", ["FileContract", "FilesystemPublisher", "PluginKit", "TestPeers"]),
        tests(
            "HTTPPublisherTests",
            [
                "Curl", "HTTPPublisher", "PluginKit", "Profiles", "TestPeers", crypto, nio, nioPosix, nioSSL,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ]),
        tests(
            "LocalAuthorityTests", ["Automation", "Certificates", "LocalAuthority", "PluginKit", "TestPeers", crypto]),
        tests("PluginKitTests", ["FileContract", "PluginKit"]),
        tests("ProbeTests", ["Automation", "Curl", "Probe", "TestPeers", nio, nioPosix]),
        tests("ProcessesTests", ["PluginKit", "Processes", "TestPeers"]),
        tests(
            "ProfilesTests",
            [
                "ACME", "Automation", "Curl", "FilesystemPublisher", "HTTPPublisher", "LocalAuthority", "PluginKit",
                "Profiles", "SFTPPublisher", "TestPeers",
            ]),
        tests(
            "RunnerTests", ["Automation", "PluginKit", "Profiles", "Runner", "SimulationKit", "Storage"]),
        tests(
            "SFTPPublisherTests", ["FileContract", "PluginKit", "SFTPPublisher", "TestPeers", crypto]),
        tests(
            "ServerTests",
            [
                "ACME", "Automation", "Certificates", "Curl", "FilesystemPublisher", "HTTPPublisher", "LocalAuthority",
                "PluginKit", "Profiles", "Runner", "Server", "SimulationKit", "Storage", "StorageSQLite", "TestPeers",
                hummingbird, httpTypes, nio,
                nioPosix, nioHTTP1, nioSSL, mustache, logging,
            ], resources: [.copy("Fixtures"), .copy("Browser")]),
        tests("SimulationTests", ["SimulationKit"]),
        tests("StorageTests", ["Automation", "PluginKit", "Storage", "StorageSQLite", grdb, sqlite]),
        tests("TestPeersTests", ["HostileAuthority", "TestPeers", asn1, crypto, x509]),
    ]
)

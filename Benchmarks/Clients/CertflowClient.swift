import Foundation
import TestPeers

/// One home with one issuing profile. What is renewed stays in its store, as that of the others does in theirs.
struct CertflowClient: MeasuredClient {
    let name = "certflow"
    let place: ClientPlace
    /// The built program.
    let program: String

    private var home: String { "\(place.directory)/home" }

    func obtain(_ names: [String]) throws { _ = try issue(names, label: "first") }

    /// Applies them and runs what is due, which is their first version.
    /// - Returns: what the run cost.
    func issue(_ names: [String], label: String) throws -> MeasuredRun {
        if !FileManager.default.fileExists(atPath: home) { try makeHome() }
        let flows = names.map { name in
            "  - {name: \(name), subjects: [\(name)], issuer: pebble, labels: {set: \(label)}}\n"
        }
        let file = "\(place.directory)/\(label).yaml"
        try "certificates:\n\(flows.joined())".write(toFile: file, atomically: true, encoding: .utf8)
        _ = try run(["apply", file])
        return try run(["run"])
    }

    func renew(_ name: String) throws -> MeasuredRun { try run(["renew", name]) }

    func renewAll(_ names: [String]) throws -> MeasuredRun { try run(["renew", "--label", "set=first"]) }

    private func makeHome() throws {
        _ = try run(["init"])
        let profile = """
            profile: pebble
            issuer: acme
            with:
              directory: \(place.server.absoluteString)
              caBundle: \(place.bundle.path)
              acceptTerms: true
              contact: [bench@example.org]
              http01: {listen: ["127.0.0.1:\(place.httpPort)"]}

            """
        try profile.write(toFile: "\(home)/profiles/issuing/pebble.yaml", atomically: true, encoding: .utf8)
    }

    private func run(_ arguments: [String]) throws -> MeasuredRun {
        guard FileManager.default.isExecutableFile(atPath: program) else {
            throw MeasuredRun.Failed(
                description: "There is no \(program): build it with `swift build -c release --product certflow`, "
                    + "or name it with --program.")
        }
        var environment = place.environment(trustedBy: "UNUSED")
        environment["CERTFLOW_HOME"] = home
        return try MeasuredRun.run(program, arguments, environment: environment, log: place.log)
    }
}

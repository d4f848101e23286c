import Foundation
import TestPeers

/// What tests of the built program publish, and the home they do it from.
enum Sample {
    /// A publishing profile "files" that writes below `directory`.
    static func profile(directory: URL) -> String {
        """
        profile: files
        publisher: filesystem
        with:
          directory: \(directory.path)/{{certificate.name}}
          layout: versioned
          files:
            - {name: fullchain.pem, content: fullchain}
            - {name: privkey.pem, content: privateKey}
        """
    }

    /// One certificate, renewed by the local authority, published by "files".
    static let flows = """
        certificates:
          - name: www.example.com
            subjects: [www.example.com]
            issuer: local-authority
            flow:
              publication: {enabled: true, profiles: [files]}
        """

    /// A new home with the profile "files", which publishes below `tls`.
    /// - Parameter flows: what is applied there; nothing was run yet.
    static func withHome(
        applying flows: String? = nil, _ body: (_ certflow: BuiltProgram, _ tls: URL) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let certflow = BuiltProgram(home: directory.appending(path: "home"))
            try await certflow.succeed("init")
            let tls = directory.appending(path: "tls")
            try FileManager.default.createDirectory(at: tls, withIntermediateDirectories: false)
            try certflow.write(profile(directory: tls), "publishing/files")
            if let flows { try await certflow.succeed("apply", "-", input: flows) }
            try await body(certflow, tls)
        }
    }
}

extension BuiltProgram {
    /// Puts a profile into the home.
    /// - Parameter name: "publishing/files".
    func write(_ text: String, _ name: String) throws {
        try text.write(to: home.appending(path: "profiles/\(name).yaml"), atomically: true, encoding: .utf8)
    }
}

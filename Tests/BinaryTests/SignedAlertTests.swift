import Foundation
import TestPeers
import Testing

@Suite("alerts that are signed")
struct SignedAlertTests {
    /// As a receiver checks one, with nothing of ours.
    private static let verification = """
        import base64, hashlib, hmac, os, sys
        signed = f'{os.environ["ID"]}.{os.environ["TIMESTAMP"]}.'.encode() + sys.argv[1].encode()
        key = base64.b64decode(os.environ["KEY"].removeprefix("whsec_"))
        code = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        sys.exit(0 if hmac.compare_digest(code, os.environ["SIGNATURE"]) else "the signature is wrong")
        """
    private static let key = "whsec_" + Data((0..<32).map { UInt8($0) }).base64EncodedString()

    /// A home whose first publication fails, so that an alert goes to `path` of the server.
    private func withAlert(
        to path: String, _ body: (_ certflow: BuiltProgram, _ server: EchoServer) async throws -> Void
    ) async throws {
        try await Sample.withHome(applying: Sample.flows) { certflow, tls in
            let directory = tls.deletingLastPathComponent()
            try await EchoServer.withRunning(in: directory) { server in
                let settings = """
                    alerts:
                      webhook:
                        url: "https://localhost:\(server.port)\(path)"
                        signature: {secret: hook-key}
                        caBundle: \(server.bundle.path)
                    """
                try settings.write(
                    to: certflow.home.appending(path: "certflow.yaml"), atomically: true, encoding: .utf8)
                try FileManager.default.removeItem(at: tls)
                try await body(certflow, server)
            }
        }
    }

    @Test("are verified by a receiver, and a second try has the same id and its own time")
    func verified() async throws {
        try await withAlert(to: "/once") { certflow, server in
            try await certflow.succeed("secret", "set", "hook-key", input: Self.key)
            let refused = try await certflow.run(["run"])
            #expect(refused.output.contains("answered with status 500"), "\(refused.output)\(refused.errors)")
            _ = try await BuiltProgram.moved(home: certflow.home, by: .seconds(3600)).run(["run"])
            let requests = try server.requests
            let first = try #require(requests.first)
            let id = try #require(first.headers["webhook-id"])
            #expect(first.body.contains("\"id\":\"\(id)\"") && first.headers["idempotency-key"] == id)
            let tries = requests.filter { $0.headers["webhook-id"] == id }
            #expect(tries.count == 2)
            let times = tries.compactMap { $0.headers["webhook-timestamp"] }.compactMap { Int($0) }
            #expect(try #require(times.last) - (try #require(times.first)) >= 3600)
            for request in requests { try await verify(request, in: certflow.home) }
            var altered = first
            altered.body += " "
            await #expect(throws: PeerFailure.self) { try await verify(altered, in: certflow.home) }
        }
    }

    private func verify(_ request: EchoServer.Request, in directory: URL) async throws {
        let environment = [
            "ID": request.headers["webhook-id"] ?? "", "TIMESTAMP": request.headers["webhook-timestamp"] ?? "",
            "SIGNATURE": request.headers["webhook-signature"] ?? "", "KEY": Self.key,
        ]
        try await PeerProgram("python3", package: "python3")
            .run(["-c", Self.verification, request.body], in: directory, environment: environment)
    }

    @Test("are not sent where the secret is missing, too short or not what it says, and the cure is named")
    func unusable() async throws {
        try await withAlert(to: "/alert") { certflow, server in
            let missing = try await certflow.run(["run"])
            #expect(missing.output.contains("There is no secret \"hook-key\""), "\(missing.output)\(missing.errors)")
            #expect(try await certflow.run(["doctor"]).output.contains("certflow secret set hook-key"))
            for (hours, wrong) in [
                (1, "whsec_c2hvcnQ="), (5, "whsec_not base64"), (9, "of enough bytes, and not marked as base64"),
            ] {
                try await certflow.succeed("secret", "set", "hook-key", input: wrong)
                let outcome = try await BuiltProgram.moved(home: certflow.home, by: .seconds(hours * 3600)).run(["run"])
                #expect(outcome.output.contains("The secret \"hook-key\""), "\(outcome.output)\(outcome.errors)")
                let doctor = try await certflow.run(["doctor"])
                #expect(doctor.status == 1 && doctor.output.contains("openssl rand -base64 32"))
                #expect(!outcome.output.contains("not base64\"") && !doctor.output.contains("whsec_not base64"))
            }
            #expect(try server.requests.isEmpty)
            try await certflow.succeed("secret", "set", "hook-key", input: Self.key)
            #expect(try await certflow.run(["doctor"]).output.contains("Alerts go to https://"))
        }
    }
}

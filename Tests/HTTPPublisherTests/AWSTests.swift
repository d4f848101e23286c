import Foundation
import PluginKit
import TestPeers
import Testing

@testable import HTTPPublisher

@Suite("Publishing to AWS, imitated by moto")
struct AWSTests {
    private func withMoto(
        _ body: (_ server: String, LoopbackCertificate, [SampleVersion]) async throws -> Void
    ) async throws {
        try await withTemporaryDirectory { directory in
            let own = try await LoopbackCertificate.make(in: directory)
            let versions = try await SampleVersion.make(2, in: directory)
            try await Moto.withRunning(own, in: directory) { port in
                try await body("https://localhost:\(port)", own, versions)
            }
        }
    }

    @Test("ACM imports the first version, and every later one again under the ARN that it gave")
    func certificateManager() async throws {
        try await withMoto { server, own, versions in
            try await withClient { client in
                let bench = try await Bench(
                    try Bench.ready("aws-acm", server: server, caBundle: own.authority), client)
                #expect(try await bench.leaf(versions[0]) == nil)
                let first = try await bench.publish(versions[0])
                #expect(try await bench.leaf(versions[0]) == versions[0].leaf)
                let second = try await bench.publish(versions[1], after: versions[0])
                #expect(try await bench.leaf(versions[1]) == versions[1].leaf)
                let arns = try [first, second].map { try #require($0.handle).decode(PublishHandle.self).values["arn"] }
                #expect(arns[0] != nil && arns[0] == arns[1])
                let bare = try bench.delivery(versions[1], artifacts: false)
                _ = try await bench.publisher.withdraw(bare)
                #expect(try await bench.leaf(versions[1]) == nil)
                let again = try await bench.publisher.withdraw(bare)
                #expect(again.count == 1 && again[0].contains("removed already"))
            }
        }
    }

    @Test("what somebody removed from ACM is imported anew, under another ARN")
    func removedByOthers() async throws {
        try await withMoto { server, own, versions in
            try await withClient { client in
                let text = try Bench.ready("aws-acm", server: server, caBundle: own.authority)
                let bench = try await Bench(text, client)
                let handle = try #require(try await bench.publish(versions[0]).handle)
                let arn = try #require(try handle.decode(PublishHandle.self).values["arn"])
                let removing = text.replacing("ImportCertificate", with: "DeleteCertificate")
                    .replacing("{{value.arn | optional}}", with: arn).replacing("extract:", with: "# extract:")
                    .replacing("{CertificateArn: \"{{value.arn}}\"}", with: "{CertificateArn: \"\(arn)\"}")
                _ = try await Bench(removing, client).publish(versions[0])
                #expect(try await bench.leaf(versions[0]) == nil)
                let anew = try await bench.publish(versions[1])
                #expect(try #require(anew.handle).decode(PublishHandle.self).values["arn"] != arn)
                #expect(try await bench.leaf(versions[1]) == versions[1].leaf)
            }
        }
    }

    @Test("Secrets Manager holds chain and key in one JSON value, and goes back to the version before")
    func secretsManager() async throws {
        try await withMoto { server, own, versions in
            try await withClient { client in
                let text = try Bench.ready("aws-secrets-manager", server: server, caBundle: own.authority)
                let bench = try await Bench(text, client)
                let preparing = text.replacing("secretsmanager.PutSecretValue", with: "secretsmanager.CreateSecret")
                    .replacing(
                        "SecretId: \"{{target.place}}\"\n        C", with: "Name: \"{{target.place}}\"\n        C")
                let preparation = try await Bench(preparing, client)
                _ = try await preparation.publish(versions[0])
                for version in [versions[0], versions[1], versions[0]] {
                    _ = try await bench.publish(version)
                    #expect(try await bench.leaf(version) == version.leaf)
                }
            }
        }
    }
}

import Foundation
import PluginKit

extension SFTPPublisher {
    /// The backend that a registry holds; all publications of a process share its sessions.
    /// - Parameters:
    ///   - home: the directory that a relative `knownHosts` counts from.
    ///   - agent: what the SSH agent of this machine listens at.
    public static func backend(
        home: String, agent: String? = ProcessInfo.processInfo.environment["SSH_AUTH_SOCK"]
    ) -> Backend<any Publisher> {
        let pool = SessionPool(agent: agent)
        return Backend(
            manifest, make: { _, _ in SFTPPublisher(pool: pool, home: home) }, close: { await pool.close() })
    }

    public static let manifest = Manifest(
        name: "sftp", kind: .publisher, version: "1",
        summary: "Files on other machines over SSH, switched as one set or replaced one by one.",
        capabilities: [.check, .inspect, .rollback, .sweep, .withdraw, .commands, .atomicSwitch],
        contents: Set(Artifact.Content.allCases),
        options: OptionSchema(hostFields(isJump: false) + [jumpField] + FileOptions.fields + mannerFields),
        concurrency: 4)

    private static func hostFields(isJump: Bool) -> [OptionSchema.Field] {
        let role = isJump ? OptionSchema.Role.manner : .target
        let own = isJump ? "; default: as for the target" : ""
        return [
            .init("host", .host, required: true, role: role, example: "web-1.example.net", "The machine."),
            .init("port", .integer(1...65_535), role: role, example: "22", "Of its SSH server; default 22."),
            .init(
                "user", .text, required: !isJump, role: .manner, example: "deploy", "Who logs in there\(own)."),
            .init(
                "privateKey", .secret, role: .manner, example: "{secret: deploy-key}",
                "The user's private key, as ssh-keygen wrote it: Ed25519, ECDSA or RSA\(own)."),
            .init(
                "passphrase", .secret, role: .manner, example: "{secret: deploy-passphrase}",
                "The private key's passphrase, where it has one."),
            .init(
                "password", .secret, role: .manner, example: "{secret: deploy-password}",
                "The user's password; also the answer to a server that asks for one in a dialogue\(own)."),
            .init(
                "agent", .flag, role: .manner, example: "true",
                "Whether the SSH agent that SSH_AUTH_SOCK names may be used; default false."),
            .init(
                "knownHosts", .text, role: .manner, example: "known_hosts",
                "The file that says which host key is whose, as OpenSSH has it; a relative path counts from the home. "
                    + "Default `known_hosts`."),
            .init(
                "hostKey", .text, role: .manner, example: "SHA256:uNiVztksCsDhcc0u9e8BrRxR2gPlVh1Bx7hCkzGyEjk",
                "The fingerprint of the host's key, in place of `knownHosts`."),
        ]
    }

    private static var jumpField: OptionSchema.Field {
        .init(
            "jump", .group(hostFields(isJump: true)), role: .manner, example: "{host: bastion.example.net}",
            "A host by way of which the target is reached.")
    }

    private static let mannerFields: [OptionSchema.Field] = [
        .init(
            "atomic", .flag, role: .manner, example: "true",
            "Whether a server that can't replace a file in one step is refused; default true. With false readers may "
                + "find no file for a moment, and the receipt says so."),
        .init(
            "verify", .flag, role: .manner, example: "true",
            "Whether what was written is read back and compared before it is switched; default true."),
        .init(
            "timeout", .duration(1...3600), role: .manner, example: "30s",
            "For connecting and logging in, and then for each exchange with the server; default 30s."),
    ]
}

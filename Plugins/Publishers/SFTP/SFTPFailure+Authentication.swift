import PluginKit

/// Failures of authentication, worded in one place.
extension SFTPFailure {
    static func refusedUser(_ hop: Destination, tried: [String], offered: [String]) -> PluginFailure {
        let ours = tried.isEmpty ? "nothing that the profile has" : tried.joined(separator: ", ")
        return PluginFailure(
            .auth, code: "sftp.auth-refused",
            message: "\(hop.shown) does not let \(hop.user) in: it takes \(offered.joined(separator: ", ")), and was "
                + "offered \(ours).",
            remedy: "Check `user` and the secrets that the profile names; a public key must stand in the user's "
                + "authorized_keys there.")
    }

    static func unreadableKey(_ cause: String, remedy: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.private-key-unreadable",
            message: "The profile's `privateKey` can't be used: \(cause).", remedy: remedy)
    }

    static func noAgent() -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.no-agent",
            message: "The profile asks for an SSH agent, and none is named in SSH_AUTH_SOCK.",
            remedy: "Start certflow with SSH_AUTH_SOCK set, or use `privateKey`.")
    }

    static func agentFailed(_ problem: SSHProblem) -> PluginFailure {
        PluginFailure(
            .transient, code: "sftp.agent-failed", message: "The SSH agent can't be used: \(problem.cause).",
            remedy: "Check that it runs (`ssh-add -l`), or use `privateKey`.")
    }

    static func noCredentials(_ host: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.no-credentials",
            message: "The profile has nothing to authenticate to \(host) with.",
            remedy: "Give `privateKey: {secret: NAME}`, `password: {secret: NAME}` or `agent: true`.")
    }

    static func badPin(_ pin: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.bad-host-key", message: "The profile's `hostKey` \(pin) is no fingerprint.",
            remedy: "Write `SHA256:` and 43 characters, as `certflow profile trust PROFILE` and `ssh-keygen -lf` show.")
    }
}

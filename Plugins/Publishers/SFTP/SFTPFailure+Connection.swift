import PluginKit

/// Failures of connections and host keys, worded in one place.
enum SFTPFailure {
    /// The two sides share no type of host key, or nothing else that a handshake has to agree on.
    static func noCommonHostKey(_ hop: Destination, _ types: [String], _ problem: SSHProblem?) -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.no-common-method",
            message: "\(hop.shown) and certflow could not agree on keys with a host key of type "
                + "\(types.joined(separator: ", "))\(problem.map { ": \($0.cause)" } ?? "").",
            remedy: "Give the server an Ed25519 or ECDSA host key (`ssh-keygen -A`) and have it trusted with "
                + "`certflow profile trust PROFILE`; libssh2 before 1.11 can't check RSA host keys.")
    }

    /// - Parameter doing: "connect to", "authenticate".
    static func connection(_ problem: SSHProblem, _ hop: Destination, _ doing: String) -> PluginFailure {
        func failure(_ kind: FailureClass, _ code: String, _ remedy: String) -> PluginFailure {
            PluginFailure(
                kind, code: "sftp.\(code)", message: "Could not \(doing) \(hop.shown): \(problem.cause).",
                remedy: remedy)
        }
        switch problem.kind {
        case .noAddress:
            return failure(
                .transient, "no-address", "Check the host's name in the profile and this machine's resolver.")
        case .unreachable:
            return failure(
                .transient, "unreachable", "Check that the host is up and its SSH server reachable from here.")
        case .timedOut:
            return failure(
                .transient, "timeout", "Look whether the host is overloaded, or raise `timeout` in the profile.")
        case .lost:
            return failure(
                .transient, "connection-lost", "It is tried again; look into the SSH server's log if it stays so.")
        case .noCommonMethod: return noCommonHostKey(hop, [], problem)
        case .refused:
            return failure(
                .configuration, "refused",
                "Look at the SSH server's configuration: AllowTcpForwarding for jump hosts, Subsystem sftp for files.")
        case .violation:
            return failure(.transient, "protocol", "Look what answers at that address: it does not keep the protocol.")
        case .library: return failure(.bug, "library", "Report this to the authors of certflow.")
        }
    }

    // MARK: Host keys

    private static let accept =
        "Compare it with what the host's owner says (`ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` there), then "
        + "accept it with `certflow profile trust PROFILE`."

    static func unknownHostKey(
        _ hop: Destination, _ key: HostKey, in file: String, hasAuthority: Bool
    ) -> PluginFailure {
        let authority =
            hasAuthority
            ? " A certificate authority there vouches for it, but certflow can't check host certificates." : ""
        return PluginFailure(
            .auth, code: "sftp.host-key-unknown",
            message: "\(hop.shown) shows the host key \(key), and \(file) knows none for \(hop.knownName).\(authority)",
            remedy: accept)
    }

    static func changedHostKey(
        _ hop: Destination, _ shown: [HostKey], known: [HostKey], in file: String
    ) -> PluginFailure {
        PluginFailure(
            .auth, code: "sftp.host-key-changed",
            message: "\(hop.shown) shows the host key \(list(shown)), but \(file) knows it by \(list(known)): somebody "
                + "may be in between.",
            remedy: "Ask the host's owner whether its key was changed. If so, remove the old lines "
                + "(`ssh-keygen -R \(hop.knownName) -f \(file)`) and run `certflow profile trust PROFILE`.")
    }

    static func changedPin(_ hop: Destination, _ shown: [HostKey], pinned: String) -> PluginFailure {
        PluginFailure(
            .auth, code: "sftp.host-key-changed",
            message: "\(hop.shown) shows the host key \(list(shown)), but the profile pins \(pinned): somebody may be "
                + "in between.",
            remedy: "Ask the host's owner whether its key was changed. If so, see what it offers with "
                + "`certflow profile trust PROFILE` and write that into `hostKey`.")
    }

    static func revokedHostKey(_ hop: Destination, _ key: HostKey, in file: String) -> PluginFailure {
        PluginFailure(
            .auth, code: "sftp.host-key-revoked",
            message: "\(hop.shown) shows the host key \(key), which \(file) marks as revoked.",
            remedy: "Don't go on: have the host's owner make new host keys, and trust those.")
    }

    static func unreadableRevocation(_ file: String, line: Int) -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.known-hosts-unreadable",
            message: "Line \(line) of \(file) revokes a key but can't be read, so no host is trusted.",
            remedy: "Correct it: `@revoked HOSTS TYPE KEY`.")
    }

    static func unreadableKnownHosts(_ file: String) -> PluginFailure {
        PluginFailure(
            .configuration, code: "sftp.known-hosts-unreadable", message: "\(file) can't be read.",
            remedy: "Let the user that runs certflow read it, or name another file in `knownHosts`.")
    }

    private static func list(_ keys: [HostKey]) -> String { keys.map(\.description).joined(separator: ", ") }
}

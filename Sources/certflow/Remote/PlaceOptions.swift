import ArgumentParser
import Foundation

/// Which home a command works on: one of this machine, or one behind a server.
struct PlaceOptions: ParsableArguments {
    @OptionGroup var home: HomeOptions

    @Option(
        help: ArgumentHelp(
            "Work on the home behind this server, such as https://certs.example.net:8443 (else CERTFLOW_SERVER).",
            valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "The file with the token for the server, readable by nobody else (else CERTFLOW_TOKEN_FILE).",
            valueName: "file"))
    var tokenFile: String?

    @Option(
        help: ArgumentHelp(
            "The authorities (PEM) of the server's certificate (else CERTFLOW_CA_FILE, else those of this machine).",
            valueName: "file"))
    var caFile: String?

    func validate() throws {
        guard server == nil || home.home == nil else {
            throw ValidationError("--server names a home elsewhere: leave --home out.")
        }
        guard home.home == nil || tokenFile == nil && caFile == nil else {
            throw ValidationError("--token-file and --ca-file go with --server.")
        }
    }

    /// Nil where a home of this machine is meant.
    private var address: String? { home.home == nil ? server ?? Self.variable("CERTFLOW_SERVER") : nil }

    private static func variable(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Does the work where the home is.
    func work(here: (OpenedHome) async throws -> Void, there: (RemoteServer) async throws -> Void) async throws {
        guard let address else {
            guard tokenFile == nil, caFile == nil else {
                throw ValidationError("--token-file and --ca-file go with --server.")
            }
            try await withHome(home, here)
            return
        }
        let server = try RemoteServer(
            address, tokenFile: tokenFile ?? Self.variable("CERTFLOW_TOKEN_FILE"),
            authorities: caFile ?? Self.variable("CERTFLOW_CA_FILE"))
        do {
            try await there(server)
            await server.close()
        } catch {
            await server.close()
            throw error
        }
    }
}

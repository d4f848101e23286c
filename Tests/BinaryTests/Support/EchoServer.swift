import Foundation
import TestPeers

/// An HTTPS server that keeps every request, and says back in its answer all that it was sent.
///
/// A path that begins with `/status/NNN` is answered with that status, `/once` with 500 the first time; `/token` and
/// `/login` give a token and a session; `/acme` is a certificate authority that refuses every account; all others 200.
struct EchoServer: Sendable {
    struct Request: Decodable, Sendable {
        var method: String
        var path: String
        /// Names in lower case.
        var headers: [String: String]
        var body: String
    }

    /// What it lets clients in with.
    static let accessToken = "accessTokenOfTheEchoServer27"
    static let session = "sessionOfTheEchoServer19"

    private static let program = PeerProgram("python3", package: "python3")
    private static let script = """
        import base64, http.server, json, os, re, ssl, sys, threading
        port, chain, key, log = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
        seen, lock = set(), threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                with lock:
                    isFirst = self.path not in seen
                    seen.add(self.path)
                    with open(log, "a") as file:
                        request = {"method": self.command, "path": self.path, "headers": headers, "body": body}
                        file.write(json.dumps(request) + "\\n")
                status = re.match(r"/status/(\\d+)", self.path)
                code = int(status[1]) if status else 500 if isFirst and self.path.startswith("/once") else 200
                said = f"{self.command} {self.path}\\n{self.headers}\\n{body}"
                if self.path.startswith("/token"):
                    said = json.dumps({"access_token": "\(accessToken)", "expires_in": 31})
                if self.path.startswith("/login"):
                    said = json.dumps({"session": "\(session)"})
                if self.path == "/acme":
                    names = ["newNonce", "newAccount", "newOrder", "revokeCert", "keyChange"]
                    said = json.dumps({name: f"https://localhost:{port}/acme/{name}" for name in names})
                if self.path == "/acme/newAccount":
                    problem = {"type": "urn:ietf:params:acme:error:malformed", "detail": said}
                    code, said = 400, json.dumps(problem)
                data = said.encode()
                self.send_response(code)
                self.send_header("Replay-Nonce", base64.urlsafe_b64encode(os.urandom(12)).decode())
                self.send_header("X-Said", re.sub("[^!-~]", "", said)[:3000])
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_HEAD = do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = answer

            def log_message(self, *words):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.serve_forever()
        """

    let port: Int
    /// The authority to trust, in PEM.
    let bundle: URL
    private let log: URL

    /// Runs it beside `body`, with its files in `directory`.
    static func withRunning<Result: Sendable>(
        in directory: URL, isolation: isolated (any Actor)? = #isolation,
        _ body: (EchoServer) async throws -> Result
    ) async throws -> Result {
        let certificate = try await LoopbackCertificate.make(in: directory)
        let file = directory.appending(path: "echo.py")
        try script.write(to: file, atomically: true, encoding: .utf8)
        return try await FreePort.start { port in
            let log = directory.appending(path: "requests-\(port)")
            let arguments = [file.path, String(port), certificate.chain.path, certificate.key.path, log.path]
            guard let place = Loopback(address: "127.0.0.1", port: port) else { throw Wrong("no port") }
            return try await program.serve(arguments, in: directory, until: { place.accepts }) {
                try await body(EchoServer(port: port, bundle: certificate.authority, log: log))
            }
        }
    }

    var requests: [Request] {
        get throws {
            guard let text = try? String(contentsOf: log, encoding: .utf8) else { return [] }
            return try text.split(separator: "\n").map { try JSONDecoder().decode(Request.self, from: Data($0.utf8)) }
        }
    }
}

import Curl
import Foundation
import TestPeers

/// An nginx for `localhost` whose certificate only its own bundle vouches for, and a client for it.
struct Web: Sendable {
    /// Names the connection and the protocol of each answer, and says back what it was sent.
    static let directives = """
        client_body_buffer_size 4m; client_max_body_size 4m; large_client_header_buffers 4 16k;
        add_header X-Connection $connection always; add_header X-Protocol $server_protocol always;
        location /text { return 200 "hello"; }
        location /twice { add_header Set-Cookie a=1; add_header Set-Cookie b=2; add_header X-Connection $connection;
            add_header Link "<https://a.test>;rel=next"; return 200 $http_user_agent; }
        location /cookies { add_header Set-Cookie a=1; return 200 "cookie:$http_cookie"; }
        location /moved { return 302 https://localhost:{port}/text; }
        location /told { return 200 "$request_method|$http_expect|$http_content_type|$http_x_empty|$http_x_mine"; }
        location /missing { return 404 "no"; }
        location /echo { proxy_pass https://127.0.0.1:{port}/inner; add_header X-Connection $connection;
            add_header X-Body $request_body; add_header X-Protocol $server_protocol; }
        location /inner { add_header X-Inner 1; return 204; }
        """

    let client: HTTPClient
    let port: Int
    let bundle: String

    /// Runs it beside `body`, and closes the client at last.
    static func withRunning<Result: Sendable>(
        _ directives: String = Self.directives, hasHTTP2: Bool = false, connectionsPerHost: Int = 8,
        name: String = "localhost", _ body: (Web) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { directory in
            let certificate = try await OpenSSL(in: directory).certificate(name, .ecdsa, isAuthority: true)
            return try await Nginx.withServer(directives, certificate, hasHTTP2: hasHTTP2, in: directory) { port in
                let web = Web(
                    client: HTTPClient(connectionsPerHost: connectionsPerHost), port: port,
                    bundle: certificate.chain.path)
                do {
                    let result = try await body(web)
                    await web.client.close()
                    return result
                } catch {
                    await web.client.close()
                    throw error
                }
            }
        }
    }

    func request(
        _ path: String, _ method: String = "GET", headers: [HTTPHeader] = [], body: Data? = nil,
        timeout: Duration = .seconds(20), largestAnswer: Int = 1 << 20
    ) -> HTTPRequest {
        HTTPRequest(
            method, "https://localhost:\(port)\(path)", headers: headers, body: body, trust: .bundle(path: bundle),
            timeout: timeout, largestAnswer: largestAnswer)
    }

    func send(
        _ path: String, _ method: String = "GET", headers: [HTTPHeader] = [], body: Data? = nil,
        largestAnswer: Int = 1 << 20
    ) async throws -> HTTPResponse {
        try await client.send(request(path, method, headers: headers, body: body, largestAnswer: largestAnswer))
    }

    /// Sends so many requests at once.
    /// - Returns: the answers, in no order.
    func sendMany(_ count: Int, _ request: HTTPRequest) async throws -> [HTTPResponse] {
        try await withThrowingTaskGroup(of: HTTPResponse.self) { group in
            for _ in 0..<count { group.addTask { try await client.send(request) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}

extension [HTTPResponse] {
    /// The connections that they came over, as the server numbers them.
    var connections: Set<String> { Set(compactMap { $0.value("X-Connection") }) }
}

/// The failure that `body` ends with; nil where it does not.
func failure(_ body: () async throws -> HTTPResponse) async throws -> TransferFailure? {
    do {
        _ = try await body()
        return nil
    } catch let failure as TransferFailure {
        return failure
    }
}

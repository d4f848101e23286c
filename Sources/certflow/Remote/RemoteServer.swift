import Curl
import Foundation
import Runner
import Server

/// The server of a home elsewhere, as programs talk to it: `/api/v1` with a token.
struct RemoteServer: Sendable {
    /// So often an act is sent whose answer was lost; its key keeps it from being done twice.
    private static let tries = 3
    private static let patience = Duration.seconds(60)
    private static let largestAnswer = 64 << 20
    private static let pageSize = "500"

    /// Without a slash at its end.
    let url: String
    private let token: String
    private let trust: Trust
    private let client = HTTPClient()

    /// - Throws: `HomeProblem`.
    init(_ address: String, tokenFile: String?, authorities: String?) throws {
        var url = address
        while url.hasSuffix("/") { url.removeLast() }
        self.url = url
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty, parts.user == nil,
            ["http", "https"].contains(parts.scheme?.lowercased() ?? "")
        else {
            throw HomeProblem(
                "server.address", "\(Console.oneLine(address)) is no address of a server.",
                remedy: "Write it as https://certs.example.net:8443.")
        }
        guard parts.scheme?.lowercased() == "https" || Self.isHere(host) else {
            throw HomeProblem(
                "server.plaintext", "Over http:// everybody on the way would read the token.",
                remedy: "Use https://; http:// goes to this machine alone.")
        }
        token = try TokenFile.read(tokenFile)
        if let authorities, !Self.holdsCertificates(authorities) {
            throw HomeProblem(
                "server.authorities", "\(Console.oneLine(authorities)) can't be read, or holds no certificates (PEM).",
                remedy: "Name the file with the authorities of the server's certificate by --ca-file.")
        }
        trust = authorities.map { .bundle(path: $0) } ?? .system
    }

    private static func holdsCertificates(_ path: String) -> Bool {
        guard let text = try? Data(contentsOf: URL(filePath: path)) else { return false }
        return text.range(of: Data("-----BEGIN CERTIFICATE-----".utf8)) != nil
    }

    private static func isHere(_ host: String) -> Bool {
        ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host.lowercased())
    }

    func close() async { await client.close() }

    // MARK: Asking

    /// - Parameters:
    ///   - path: its parts, below `/api/v1`.
    ///   - query: names and values.
    ///   - patience: how long the answer may take.
    /// - Throws: `HomeProblem`, as the server says it or why there is no answer.
    func get<Form: Decodable>(
        _ path: [String], _ query: [(String, String)] = [], patience: Duration = Self.patience
    ) async throws -> Form {
        var request = try request("GET", path, query)
        request.timeout = patience
        return try await decoded(send(request))
    }

    /// A file as it is.
    func file(_ path: [String], _ query: [(String, String)]) async throws -> Data {
        let response = try await send(try request("GET", path, query))
        try check(response)
        return response.body
    }

    /// All items of a list.
    func all<Item: Codable & Sendable>(
        _ path: [String], _ query: [(String, String)] = [], atMost limit: Int = .max
    ) async throws -> [Item] {
        var (items, after) = ([Item](), String?.none)
        repeat {
            let query = query + [("limit", Self.pageSize)] + (after.map { [("after", $0)] } ?? [])
            let page: PageForm<Item> = try await get(path, query)
            items += page.items
            after = page.next
        } while after != nil && items.count < limit
        return items
    }

    /// What is found out by asking, and changes nothing.
    /// - Parameter patience: how long the answer may take.
    func ask<Form: Decodable>(
        _ path: [String], _ body: [String: JSONValue], patience: Duration
    ) async throws -> Form {
        var request = try posting(path, body)
        request.timeout = patience
        return try await decoded(send(request))
    }

    /// Has something done, once, however often it has to be sent.
    /// - Parameter patience: how long the answer may take.
    func act<Form: Decodable>(
        _ path: [String], _ body: [String: JSONValue], patience: Duration = Self.patience
    ) async throws -> Form {
        var request = try posting(path, body)
        request.timeout = patience
        request.headers.append(HTTPHeader("Idempotency-Key", Randomness.hex(16)))
        var attempt = 1
        while true {
            do {
                return try await decoded(send(request))
            } catch let problem as HomeProblem where problem.code == Self.broken && attempt < Self.tries {
                attempt += 1
            }
        }
    }

    private func posting(_ path: [String], _ body: [String: JSONValue]) throws -> HTTPRequest {
        var request = try request("POST", path)
        request.headers.append(HTTPHeader("Content-Type", "application/json"))
        request.body = try JSONEncoder().encode(body)
        return request
    }

    private func request(
        _ method: String, _ path: [String], _ query: [(String, String)] = []
    ) throws -> HTTPRequest {
        // Such a part of an address leads elsewhere, whatever is done to its dots.
        if let name = path.first(where: { ["", ".", ".."].contains($0) }) {
            throw DeskRefusal.unknownCertificate(name)
        }
        let parts = (["api", "v1"] + path).map(AddressText.encoded).joined(separator: "/")
        let items = query.map { "\(AddressText.encoded($0.0))=\(AddressText.encoded($0.1))" }.joined(separator: "&")
        var request = HTTPRequest(
            method, "\(url)/\(parts)" + (items.isEmpty ? "" : "?\(items)"),
            headers: [HTTPHeader("Authorization", "Bearer \(token)"), HTTPHeader("Accept", "application/json")],
            trust: trust, timeout: Self.patience, largestAnswer: Self.largestAnswer)
        request.allowsPlaintext = url.lowercased().hasPrefix("http://")
        return request
    }

    private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            return try await client.send(request)
        } catch let failure as TransferFailure {
            throw problem(failure, changes: request.method != "GET")
        }
    }

    // MARK: What comes back

    private static let broken = "server.broken"
    private static let foreign = "server.foreign"

    /// Whether the server may answer soon, as when it is started anew.
    static func isPassing(_ problem: HomeProblem) -> Bool {
        [broken, "server.\(TransferFailure.Kind.unreachable.rawValue)"].contains(problem.code)
    }

    private func problem(_ failure: TransferFailure, changes: Bool) -> HomeProblem {
        let remedy =
            switch failure.kind {
            case .untrusted:
                "Name the file with the authorities of its certificate by --ca-file; "
                    + "of a server with a certificate of its own home that is the root of its local authority."
            case .unreachable, .refusedAddress: "Check the address, and whether `certflow serve` runs there."
            case .refusedURL: "Write the address as https://certs.example.net:8443."
            case .broken where changes: "What was asked for may have been done: look before you repeat it."
            case .broken: "Check the address, https:// or http:// included, and what stands between."
            case .malformed: "Check that the address leads to certflow."
            case .local: "Check the file that --ca-file names, and what this machine has left."
            }
        return HomeProblem(
            failure.kind == .broken ? Self.broken : "server.\(failure.kind.rawValue)", failure.message, remedy: remedy)
    }

    /// - Throws: what the server refused, as it says it.
    private func check(_ response: HTTPResponse) throws {
        guard !(200..<300).contains(response.status) else { return }
        guard let document = try? JSONDecoder().decode(Problem.Document.self, from: response.body) else {
            throw HomeProblem(
                Self.foreign, "\(url) answered with status \(response.status), and not as certflow does.",
                remedy: "Check that the address leads to certflow, and what stands before it.")
        }
        let places = (document.places ?? []).filter { $0.message != document.title }
            .map { Console.oneLine("\($0.place): \($0.message) \($0.remedy)") }
        // What is wrong with files stands at their lines, as beside the home.
        if document.code == Problem.ofPlaces, !places.isEmpty {
            throw CommandEnding.failed(Complaint(places.joined(separator: "\n")))
        }
        throw HomeProblem(
            document.code, ([Console.harmless(document.title)] + places).joined(separator: "\n"),
            remedy: Console.harmless(document.remedy))
    }

    private func decoded<Form: Decodable>(_ response: HTTPResponse) throws -> Form {
        try check(response)
        guard let form = try? JSONDecoder().decode(Form.self, from: response.body) else { throw foreign }
        return form
    }

    /// What came is not what this program knows.
    var foreign: HomeProblem {
        HomeProblem(
            Self.foreign, "\(url) answered something that this certflow does not understand.",
            remedy: "Check that the address leads to certflow, of the same version as this one.")
    }
}

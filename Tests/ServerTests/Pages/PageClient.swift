import Foundation
import Runner

/// A client of one request for each connection; follows nothing, so that a test sees each answer.
struct PageClient: Sendable {
    struct Answer: Sendable {
        var status: Int
        var headers: [String: String]
        var body: String

        var location: String { headers["location"] ?? "" }
    }

    struct Trouble: Error { let what: String }

    let port: Int
    let workers: WorkerThreads
    var cookie: String?
    var csrf: String?

    var origin: String { "http://127.0.0.1:\(port)" }

    func get(_ path: String) async throws -> Answer { try await send("GET", path, [], nil) }

    /// As a page's form sends it.
    func post(_ path: String, _ fields: [(String, String)] = []) async throws -> Answer {
        let all = fields + (csrf.map { [("csrf", $0)] } ?? [])
        let allowed = CharacterSet.alphanumerics
        let body: String = all.map { name, value -> String in
            let name = name.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
            return "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: allowed) ?? "")"
        }.joined(separator: "&")
        return try await send(
            "POST", path, ["Content-Type: application/x-www-form-urlencoded", "Origin: \(origin)"], Data(body.utf8))
    }

    /// As a form with files sends it.
    func post(_ path: String, fields: [(String, String)], file: (name: String, content: Data)) async throws -> Answer {
        var body = Data()
        for (name, value) in fields + (csrf.map { [("csrf", $0)] } ?? []) {
            body += Data("--edge\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        body += Data("--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(file.name)\"\r\n".utf8)
        body +=
            Data("Content-Type: application/octet-stream\r\n\r\n".utf8) + file.content + Data("\r\n--edge--\r\n".utf8)
        return try await send("POST", path, ["Content-Type: multipart/form-data; boundary=edge"], body)
    }

    func send(_ method: String, _ path: String, _ headers: [String], _ body: Data?) async throws -> Answer {
        var lines = ["\(method) \(path) HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"] + headers
        if let cookie { lines.append("Cookie: __Host-certflow=\(cookie)") }
        if let body { lines.append("Content-Length: \(body.count)") }
        let head: String = lines.joined(separator: "\r\n") + "\r\n\r\n"
        let request = Data(head.utf8) + (body ?? Data())
        let port = port
        let answer = try await workers.run { try Self.exchange(request, port) }
        return try Self.read(answer)
    }

    private static func exchange(_ request: Data, _ port: Int) throws -> Data {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Trouble(what: "socket") }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(truncatingIfNeeded: port)).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Trouble(what: "connect") }
        var rest = request
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            // What is refused before its end is answered all the same.
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return answer }
            answer += buffer.prefix(count)
        }
    }

    private static func read(_ data: Data) throws -> Answer {
        guard let blank = data.range(of: Data("\r\n\r\n".utf8)) else { throw Trouble(what: "no answer") }
        let lines = String(decoding: data[..<blank.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        var body = Data(data[blank.upperBound...])
        if headers["transfer-encoding"] == "chunked" { body = joined(body) }
        return Answer(status: status, headers: headers, body: String(decoding: body, as: UTF8.self))
    }

    private static func joined(_ chunks: Data) -> Data {
        var (rest, body) = (chunks, Data())
        while let end = rest.range(of: Data("\r\n".utf8)),
            let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), size > 0
        {
            body += rest[end.upperBound...].prefix(size)
            rest = Data(rest[end.upperBound...].dropFirst(size + 2))
        }
        return body
    }
}

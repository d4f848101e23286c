import Foundation
import NIOCore
import PluginKit

/// What the DNS says around one record: where it really goes, in which zone, on which servers.
struct DNSView: Sendable {
    private static let mostAliases = 8
    private static let mostServers = 32

    let client: DNSClient
    /// The primary that is updated; believed before any resolver on what it is the authority for.
    let primary: HostPort?
    let resolvers: [HostPort]

    /// Follows CNAME records from `name` to where the TXT record has to be (RFC 8555, 8.4 by way of RFC 1034, 3.6.2).
    ///
    /// - Throws: `PluginFailure` where they lead in a circle or too far, or nobody answers.
    func target(of name: DNSName) async throws -> DNSName {
        var current = name
        for _ in 0...Self.mostAliases {
            let answer = try await ask(current, DNSType.cname)
            guard case .name(let next) = answer.records(DNSType.cname, of: current).first?.content else {
                return current
            }
            current = next
        }
        throw PluginFailure.tooManyAliases(name)
    }

    /// The zone that `name` is in, by the SOA record that its servers show in every answer about it (RFC 2308, 3).
    ///
    /// - Throws: `PluginFailure` where nobody answers or no zone is found.
    func zone(of name: DNSName) async throws -> DNSName {
        var candidate: DNSName? = name
        while let current = candidate, !current.labels.isEmpty {
            let answer = try await ask(current, DNSType.soa)
            if let zone = Self.zone(of: current, by: answer) { return zone }
            candidate = current.parent
        }
        throw PluginFailure.noZone(name)
    }

    /// The zone that the primary would change `name` in.
    func zoneAtPrimary(_ primary: HostPort, of name: DNSName) async throws -> DNSName {
        var candidate: DNSName? = name
        while let current = candidate, !current.labels.isEmpty {
            let answer = try await asking(primary, nil) {
                try await client.ask(DNSQuestion(name: current, type: DNSType.soa), of: primary, recursive: false)
            }
            if answer.isAuthoritative, let zone = Self.zone(of: current, by: answer) { return zone }
            candidate = current.parent
        }
        throw PluginFailure.notServed(name, by: primary)
    }

    /// The addresses of all servers of `zone`.
    ///
    /// One at the address of the primary or of a resolver is asked on that one's port: standard servers are on port 53.
    func servers(of zone: DNSName) async throws -> [HostPort] {
        let names = try await ask(zone, DNSType.ns).records(DNSType.ns, of: zone).compactMap { record in
            if case .name(let name) = record.content { name } else { nil }
        }
        var servers: [HostPort] = []
        for name in names.prefix(Self.mostServers) {
            for type in [DNSType.a, DNSType.aaaa] {
                for case .address(let bytes) in try await records(type, of: name) {
                    guard let address = Self.address(bytes), !servers.contains(address) else { continue }
                    servers.append(address)
                }
            }
        }
        guard !servers.isEmpty else { throw PluginFailure.noServers(of: zone) }
        let known = ([primary].compactMap(\.self) + resolvers).filter { $0.address != nil }
        return servers.prefix(Self.mostServers).map { server in
            known.first { $0.address?.ipAddress == server.address?.ipAddress } ?? server
        }
    }

    /// None where nobody can say: such a server is nobody's to ask.
    private func records(_ type: UInt16, of name: DNSName) async throws -> [DNSRecord.Content] {
        do {
            return try await ask(name, type).records(type, of: name).map(\.content)
        } catch let failure as PluginFailure where failure.kind == .transient {
            return []
        }
    }

    /// Asks the primary where it is the authority, else the resolvers in turn.
    private func ask(_ name: DNSName, _ type: UInt16) async throws -> DNSMessage {
        let question = DNSQuestion(name: name, type: type)
        if let primary {
            let answer = try? await client.ask(question, of: primary, recursive: false)
            if let answer, answer.isAuthoritative, [0, 3].contains(answer.code) { return answer }
            try Task.checkCancellation()
        }
        var failure: PluginFailure?
        for resolver in resolvers {
            do {
                let answer = try await asking(resolver, name) {
                    try await client.ask(question, of: resolver, recursive: true)
                }
                if [0, 3].contains(answer.code) { return answer }
                failure = failure ?? .resolverRefused(resolver, name, code: answer.code)
            } catch let error as PluginFailure where error.kind == .transient {
                failure = failure ?? error
            }
        }
        throw failure ?? PluginFailure.noZone(name)
    }

    private func asking(
        _ server: HostPort, _ name: DNSName?, _ body: () async throws -> DNSMessage
    ) async throws -> DNSMessage {
        do {
            return try await body()
        } catch let error as PluginFailure {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw PluginFailure.noAnswer(from: server, error)
        }
    }

    /// Never the root: what it holds is nobody's to prove.
    private static func zone(of name: DNSName, by answer: DNSMessage) -> DNSName? {
        (answer.answers + answer.authorities)
            .first { $0.type == DNSType.soa && name.isWithin($0.name) && !$0.name.labels.isEmpty }?.name
    }

    private static func address(_ bytes: [UInt8]) -> HostPort? {
        let text = bytes.count == 4 ? bytes.map(String.init).joined(separator: ".") : nil
        if let text { return HostPort(host: text, port: 53) }
        guard let address = try? SocketAddress(packedIPAddress: ByteBuffer(bytes: bytes), port: 53),
            let text = address.ipAddress
        else { return nil }
        return HostPort(host: text, port: 53)
    }
}

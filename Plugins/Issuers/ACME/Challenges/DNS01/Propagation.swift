import Foundation
import NIOCore
import PluginKit

/// Whether all servers of a zone show a record.
struct Propagation: Sendable {
    let view: DNSView

    /// Asks each address of each server of the zone directly.
    ///
    /// Addresses that this machine has no way to (IPv6 without IPv6) are left out as long as others are left. Servers
    /// that do not answer count as not showing it.
    func isComplete(_ name: DNSName, _ value: String, in zone: DNSName) async throws -> Bool {
        let servers = try await view.servers(of: zone)
        let answers = try await withThrowingTaskGroup(of: Bool?.self) { tasks in
            for server in servers { tasks.addTask { try await shows(server, name, value) } }
            return try await tasks.reduce(into: [Bool?]()) { $0.append($1) }
        }
        let reached = answers.compactMap(\.self)
        return !reached.isEmpty && reached.allSatisfy(\.self)
    }

    /// Nil where this machine knows no way there.
    private func shows(_ server: HostPort, _ name: DNSName, _ value: String) async throws -> Bool? {
        do {
            let answer = try await view.client.ask(
                DNSQuestion(name: name, type: DNSType.txt), of: server, recursive: false)
            return answer.records(DNSType.txt, of: name).contains { record in
                guard case .text(let strings) = record.content else { return false }
                return strings.joined().elementsEqual(value.utf8)
            }
        } catch let error as PluginFailure {
            throw error
        } catch is CancellationError {
            throw CancellationError()
        } catch let error as IOError where [ENETUNREACH, EHOSTUNREACH, EAFNOSUPPORT].contains(error.errnoCode) {
            return nil
        } catch {
            return false
        }
    }
}

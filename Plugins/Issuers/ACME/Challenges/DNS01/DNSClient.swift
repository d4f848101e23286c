import Foundation
import NIOCore
import NIOPosix
import PluginKit

/// Asks name servers, by UDP and by TCP where an answer does not fit or must not be lost.
struct DNSClient: Sendable {
    /// Packets get lost.
    private static let tries = 2
    /// How long a server may take to change a zone, with its journal on a slow disk.
    static let updatePatience = TimeAmount.seconds(20)

    let loop: SharedLoop
    let entropy: @Sendable (Int) -> [UInt8]
    /// How long one server may take to answer one packet.
    let patience: TimeAmount

    /// An unguessable number for a request; the kernel chooses an unguessable port.
    func number() -> UInt16 { entropy(2).reduce(UInt16(0)) { $0 << 8 | UInt16($1) } }

    /// Asks one server.
    ///
    /// - Throws: `DNSProblem` where the answer can't be read, a NIO error where there was none.
    func ask(_ question: DNSQuestion, of server: HostPort, recursive: Bool) async throws -> DNSMessage {
        let request = DNSMessage.query(question, id: number(), recursive: recursive)
        let bytes = try request.encoded()
        if let address = server.address {
            let answer = try await datagram(bytes, request, to: address)
            guard answer.isTruncated else { return answer }
        }
        let answer = try DNSMessage(try await send(bytes, to: server, within: patience))
        guard answer.answers(request) else { throw DNSProblem.badRecord }
        return answer
    }

    private func datagram(
        _ bytes: [UInt8], _ request: DNSMessage, to address: SocketAddress, try number: Int = 1
    ) async throws -> DNSMessage {
        do {
            return try await loop.use { loop in
                try await DNSExchange.datagram(bytes, request, to: address, on: loop, within: patience)
            }
        } catch is DNSExchange.Overdue where number < Self.tries {
            return try await datagram(bytes, request, to: address, try: number + 1)
        }
    }

    /// Sends one message by TCP.
    /// - Returns: the bytes of the answer, unread.
    func send(_ bytes: [UInt8], to server: HostPort, within patience: TimeAmount) async throws -> [UInt8] {
        try await loop.use { loop in
            try await DNSExchange.stream(bytes, to: server, on: loop, within: patience)
        }
    }
}

import Foundation
import Synchronization

/// An address that a connection can be made to.
struct NetworkAddress: Sendable {
    let family: Int32
    /// A `sockaddr` of that family.
    let bytes: [UInt8]
}

/// Asks the system for the addresses of a name.
///
/// `getaddrinfo` has no deadline, so it runs on a thread of its own: one that is stuck costs that thread and nobody's
/// time.
enum NameLookup {
    private struct Answer {
        var addresses: [NetworkAddress] = []
        var cause: String?
        var isThere = false
    }

    /// - Throws: `SSHProblem` (`noAddress`, `timedOut`), `CancellationError`.
    static func addresses(
        of host: String, port: Int, _ patience: Patience, until deadline: ContinuousClock.Instant
    ) throws -> [NetworkAddress] {
        if let literal = try? ask(host, port, numeric: true) { return literal }
        let answer = Mutex(Answer())
        let box = Box(answer)
        let waker = try WakeDescriptor()
        let thread = Thread {
            let result = Result { try ask(host, port, numeric: false) }
            box.answer.withLock { answer in
                switch result {
                case .success(let addresses): answer.addresses = addresses
                case .failure(let problem): answer.cause = (problem as? SSHProblem)?.cause ?? "\(problem)"
                }
                answer.isThere = true
            }
            waker.wake()
        }
        thread.stackSize = 512 << 10
        thread.start()
        while true {
            let found = box.answer.withLock { $0 }
            if found.isThere {
                guard !found.addresses.isEmpty else { throw SSHProblem(.noAddress, found.cause ?? "no address") }
                return found.addresses
            }
            try patience.wait(for: waker.descriptor, POLLIN, until: deadline)
        }
    }

    /// Shared by the one who asks and the thread that may outlive the question.
    private final class Box: Sendable {
        let answer: Mutex<Answer>
        init(_ answer: consuming Mutex<Answer>) { self.answer = answer }
    }

    private static func ask(_ host: String, _ port: Int, numeric: Bool) throws(SSHProblem) -> [NetworkAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | (numeric ? AI_NUMERICHOST : AI_ADDRCONFIG)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &found)
        guard status == 0 else { throw SSHProblem(.noAddress, String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(found) }
        var addresses: [NetworkAddress] = []
        var next = found
        while let entry = next?.pointee {
            if let address = entry.ai_addr {
                let bytes = UnsafeRawBufferPointer(start: address, count: Int(entry.ai_addrlen))
                addresses.append(NetworkAddress(family: entry.ai_family, bytes: Array(bytes)))
            }
            next = entry.ai_next
        }
        return addresses
    }
}

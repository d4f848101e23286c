import Foundation

/// A place on this machine where a peer listens or will listen.
public struct Loopback: Sendable {
    private let address: sockaddr_storage
    private let length: socklen_t

    /// - Parameter address: "127.0.0.1", "127.0.0.2", "::1"; nil where it is no IP address or no port.
    public init?(address: String, port: Int) {
        guard let port = in_port_t(exactly: port) else { return nil }
        var storage = sockaddr_storage()
        var four = sockaddr_in()
        var six = sockaddr_in6()
        if inet_pton(AF_INET, address, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &storage) { target in
                withUnsafeBytes(of: &four) { target.copyBytes(from: $0) }
            }
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
        } else if inet_pton(AF_INET6, address, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &storage) { target in
                withUnsafeBytes(of: &six) { target.copyBytes(from: $0) }
            }
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        } else {
            return nil
        }
        self.address = storage
    }

    /// Whether a listener could be bound there now.
    public var isFree: Bool { attempt(bind) }

    /// Whether something accepts connections there now.
    public var accepts: Bool { attempt(connect) }

    private func attempt(_ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Bool {
        let descriptor = socket(Int32(address.ss_family), Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(descriptor, $0, length) == 0 }
        }
    }
}

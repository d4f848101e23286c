import Foundation
import NIOCore

extension Resolver {
    /// The system's resolver: A and AAAA records, the hosts file, whatever else it is set up for.
    static let system: Lookup = { host in
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        guard status == 0 else { throw ProbeProblem(lookupOf: host, status: status, reason: errno) }
        defer { freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var entry = list
        while let information = entry?.pointee {
            if let address = address(information, host), !addresses.contains(address) { addresses.append(address) }
            entry = information.ai_next
        }
        return usable(addresses, hasRoute: hasRoute)
    }

    /// What can be judged from here: all where no address can be, so that the reason is seen.
    static func usable(_ addresses: [SocketAddress], hasRoute: (SocketAddress) -> Bool) -> [SocketAddress] {
        let usable = addresses.filter(hasRoute)
        return usable.isEmpty ? addresses : usable
    }

    private static func address(_ information: addrinfo, _ host: String) -> SocketAddress? {
        guard let raw = UnsafeRawPointer(information.ai_addr) else { return nil }
        switch information.ai_family {
        case AF_INET: return SocketAddress(raw.loadUnaligned(as: sockaddr_in.self), host: host)
        case AF_INET6: return SocketAddress(raw.loadUnaligned(as: sockaddr_in6.self), host: host)
        default: return nil
        }
    }

    /// Whether this machine knows a way to `address` at all. Connecting a datagram socket sends nothing: the kernel
    /// only looks into its routing table (RFC 6724, rule 1 asks for the same).
    static func hasRoute(_ address: SocketAddress) -> Bool {
        var target = address
        target.port = 9  // any but 0 will do: nothing is sent
        let family: Int32 = target.protocol == .inet6 ? AF_INET6 : AF_INET
        let descriptor = socket(family, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno != EAFNOSUPPORT }
        defer { close(descriptor) }
        let status = target.withSockAddr { pointer, size in connect(descriptor, pointer, socklen_t(size)) }
        return status == 0 || (errno != ENETUNREACH && errno != EADDRNOTAVAIL)
    }
}

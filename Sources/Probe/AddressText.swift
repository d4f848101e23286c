import NIOCore

/// How addresses are written: "192.0.2.7:443", "[2001:db8::7]:443", "www.example.com:443".
enum AddressText {
    static func text(_ address: SocketAddress) -> String {
        text(host: address.ipAddress ?? "\(address)", port: address.port ?? 0)
    }

    static func text(host: String, port: Int) -> String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

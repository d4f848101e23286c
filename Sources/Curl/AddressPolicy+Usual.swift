extension AddressPolicy {
    /// What nobody means who names a server: this network, one link, metadata services of clouds, many at once.
    public static let special = [
        "0.0.0.0/8", "169.254.0.0/16", "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.0/4",
        "255.255.255.255", "::/128", "fe80::/10", "fd00:ec2::/32", "fd20:ce::254", "ff00::/8",
        // What translators of one's own network reach (RFC 8215): the address of IPv4 in it may be any of these.
        "64:ff9b:1::/48",
        // Those of IPv4, and this machine, in the form of 6to4 (RFC 3056, 2).
        "2002::/24", "2002:a9fe::/32", "2002:6464:64c8::/48", "2002:a83f:8110::/48", "2002:c000:c0::/48",
        "2002:e000::/20", "2002:ffff:ffff::/48", "2002:7f00::/24",
    ].compactMap { AddressRange($0) }

    /// For who names a server and says nothing of its addresses.
    public static let usual = AddressPolicy(denied: special)
}

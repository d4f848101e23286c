import Foundation
import SFTPPublisher

/// A line that a known_hosts file gets.
struct KnownHostsAddition {
    let file: String
    /// As the file calls the host.
    let name: String
    let fingerprint: String
    let line: String

    /// What hosts show that their files do not know. A revoked key is never added.
    /// - Parameter replacing: whether keys are added that differ from those which a file knows the host by.
    static func new(_ offers: [HostKeyOffer], replacing: Bool) -> [KnownHostsAddition] {
        offers.flatMap { offer -> [KnownHostsAddition] in
            guard let file = offer.file else { return [] }
            return offer.keys.filter { !$0.isTrusted && !$0.isRevoked && (replacing || !$0.isChanged) }.map {
                KnownHostsAddition(
                    file: file, name: offer.knownName, fingerprint: "\($0.type) \($0.fingerprint)", line: $0.line)
            }
        }
    }

    /// Adds it, durably, whatever the file's last line ends with. A file that is missing is made for its owner alone.
    /// - Throws: `DeskRefusal` where it can't be written.
    func append() throws {
        let descriptor = open(file, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw NewFile.notWritten(file, errno) }
        defer { close(descriptor) }
        var last: UInt8 = 0
        let end = lseek(descriptor, 0, SEEK_END)
        let isOpenLine = end > 0 && pread(descriptor, &last, 1, end - 1) == 1 && last != UInt8(ascii: "\n")
        let bytes = Array(((isOpenLine ? "\n" : "") + line + "\n").utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw NewFile.notWritten(file, errno)
        }
        if end == 0 { try NewFile.syncDirectory(of: file) }
    }
}

import Foundation
import PluginKit

/// Users and groups there, by name: version 3 of SFTP knows numbers only.
extension SFTPTree {
    enum Account: String {
        case user, group

        fileprivate var file: String { self == .user ? "/etc/passwd" : "/etc/group" }
    }

    /// - Throws: `PluginFailure` (`configuration`) where the name's number can't be found out.
    func number(of account: Account, _ name: String) async throws -> UInt32 {
        if let number = UInt32(name), number != .max { return number }
        if let line = CommandLine.quoted(["getent", "--", account == .user ? "passwd" : "group", name]),
            let told = try? await session.run(line, timeout: destination.timeout), told.succeeded,
            let number = Self.number(of: name, in: told.output)
        {
            return number
        }
        // Where no command may be run, or there is no getent.
        if case .attributes(let found)? = try await ask([.lookAt(account.file)]).first, found.kind == .file,
            let size = found.size, size <= 4 << 20,
            let bytes = try await content(account.file, size: Int(clamping: size)),
            let number = Self.number(of: name, in: bytes.withBytes { String(decoding: $0, as: UTF8.self) })
        {
            return number
        }
        throw SFTPFailure.unknownAccount(account.rawValue, name, destination.shown)
    }

    /// `name:password:number:...` (passwd(5), group(5)).
    private static func number(of name: String, in text: String) -> UInt32? {
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 3, fields[0] == name else { continue }
            return UInt32(fields[2])
        }
        return nil
    }
}

import Foundation

/// The way into the operating system: repeats interrupted calls, turns errors into failures that name the path, and is
/// where tests make a call fail or end the program.
struct Kernel: Sendable {
    /// What a call does, as a failure names it.
    enum Call: String, Sendable, Hashable, CaseIterable {
        case look = "look at"
        case open = "open"
        case list = "list"
        case read = "read"
        case create = "create"
        case write = "write"
        case synchronize = "make durable"
        case close = "close"
        case rename = "rename"
        case link = "make the link"
        case remove = "remove"
        case makeDirectory = "make the directory"
        case setMode = "set the mode of"
        case setOwner = "set owner and group of"
        case setAttribute = "set the extended attributes of"
        case readAttribute = "read the extended attributes of"
    }

    enum Fault: Sendable {
        case error(Int32)
        /// A write takes one byte alone.
        case short
    }

    /// Asked before each call; nil in production.
    var fault: (@Sendable (Call, _ path: String) throws -> Fault?)?

    /// - Returns: what `body` returned, which is never negative.
    @discardableResult
    func call<Result: SignedInteger>(
        _ call: Call, _ path: @autoclosure () -> String, _ body: () -> Result
    ) throws -> Result {
        switch try outcome(call, path, body) {
        case .success(let result): return result
        case .failure(let error): throw FilesystemFailure.system(error.code, call, path())
        }
    }

    /// As `call`; nil where one of `errors` came back, which is no failure here.
    @discardableResult
    func call<Result: SignedInteger>(
        _ call: Call, _ path: @autoclosure () -> String, unless errors: Int32..., body: () -> Result
    ) throws -> Result? {
        switch try outcome(call, path, body) {
        case .success(let result): return result
        case .failure(let error) where errors.contains(error.code): return nil
        case .failure(let error): throw FilesystemFailure.system(error.code, call, path())
        }
    }

    /// Writes all of `bytes`, however many calls that takes.
    func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: @autoclosure () -> String) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            var count = rest.count
            if let fault {
                switch try fault(.write, path()) {
                case .error(let code): throw FilesystemFailure.system(code, .write, path())
                case .short: count = 1
                case nil: break
                }
            }
            let part = UnsafeRawBufferPointer(rebasing: rest.prefix(count))
            let written = Glibc.write(descriptor, part.baseAddress, part.count)
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if written == 0 {
                throw FilesystemFailure.system(EIO, .write, path())  // no file system does, so no loop may count on it
            } else if errno != EINTR {
                throw FilesystemFailure.system(errno, .write, path())
            }
        }
    }

    private struct SystemError: Error { var code: Int32 }

    private func outcome<Result: SignedInteger>(
        _ call: Call, _ path: () -> String, _ body: () -> Result
    ) throws -> Swift.Result<Result, SystemError> {
        if let fault, case .error(let code) = try fault(call, path()) { return .failure(SystemError(code: code)) }
        while true {
            let result = body()
            if result >= 0 { return .success(result) }
            let code = errno
            guard code == EINTR else { return .failure(SystemError(code: code)) }
            // Linux has closed the descriptor by then: a second close could hit somebody else's (close(2)).
            if call == .close { return .success(0) }
        }
    }
}

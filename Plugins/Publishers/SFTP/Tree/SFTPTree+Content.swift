import Foundation
import PluginKit

/// Reading and writing files.
extension SFTPTree {
    /// The largest file that is kept when it is replaced, in bytes: a set of certificates has a few thousand.
    private static let largestCopy = 16 << 20

    /// A file to be made, with numbers for names.
    private struct Creation {
        var path: String
        var bytes: Secret
        var mode: UInt32
        /// Nil leaves the one that the server gives.
        var user: UInt32?
        var group: UInt32?
    }

    /// One that is open and still empty.
    private struct Opened {
        var creation: Creation
        var handle: SFTPRequest.FileHandle
        var found: RemoteAttributes
    }

    func write(_ files: [NewFile]) async throws {
        forgetSeen()
        var creations: [Creation] = []
        for file in files {
            creations.append(
                Creation(
                    path: file.path, bytes: file.bytes, mode: file.attributes.mode & 0o777,
                    user: try await file.attributes.owner.asyncMap { try await number(of: .user, $0) },
                    group: try await file.attributes.group.asyncMap { try await number(of: .group, $0) }))
        }
        try await create(creations)
    }

    func copy(_ source: String, to path: String) async throws {
        forgetSeen()
        guard let original = try await file(source) else {
            throw SFTPFailure.answered(.missing, .open, shown(source), nil)
        }
        // Half a copy would be put back by a rollback.
        guard let told = original.size else { throw SFTPFailure.answered(.unsupported, .look, shown(source), nil) }
        let size = Int(clamping: told)
        guard size <= Self.largestCopy else { throw SFTPFailure.tooLarge(shown(source), limit: Self.largestCopy) }
        guard let bytes = try await content(shown(source), size: size) else {
            throw SFTPFailure.answered(.missing, .open, shown(source), nil)
        }
        guard bytes.count == size else { throw SFTPFailure.changedMeanwhile(shown(source)) }
        try await create([
            Creation(
                path: path, bytes: bytes, mode: (original.permissions ?? 0o600) & 0o7777, user: original.user,
                group: original.group)
        ])
    }

    /// The content of a file that was looked at: up to `size` bytes, fewer where it was cut short meanwhile; nil where
    /// it went.
    /// - Parameter place: absolute.
    func content(_ place: String, size: Int) async throws -> Secret? {
        let opened = try await ask([.open(place, .read)]).first
        guard case .handle(let handle)? = opened else {
            if case .status(.missing)? = opened { return nil }
            throw SFTPFailure.answered(status(opened), .open, place, nil)
        }
        defer { closeLater(handle) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size)
        defer { for index in bytes.indices { bytes[index] = 0 } }
        var rounds = 0
        while bytes.count < size {
            // Each round is answered in time, and so a session's own limits never count for one that has no end.
            if rounds > 0 { try Task.checkCancellation() }
            rounds += 1
            guard rounds <= 64 + size / 1024 else {
                throw SFTPFailure.connection(
                    SSHProblem(.violation, "\(place) comes in crumbs"), destination, "read a file of")
            }
            let answers = try await ask(Self.reads(of: handle, bytes.count..<size))
            var expected = bytes.count
            for answer in answers {
                switch answer {
                case .data(let part):
                    // After a short answer the next ones do not follow on it.
                    guard bytes.count == expected else { break }
                    part.withBytes { bytes.append(contentsOf: $0) }
                    expected = min(expected + SFTPRequest.chunk, size)
                    guard part.count > 0 else { return Secret(bytes) }
                case .status(.end): return Secret(bytes)
                default: throw SFTPFailure.answered(status(answer), .read, place, nil)
                }
            }
        }
        return Secret(bytes)
    }

    private static func reads(of handle: SFTPRequest.FileHandle, _ range: Range<Int>) -> [SFTPRequest] {
        stride(from: range.lowerBound, to: range.upperBound, by: SFTPRequest.chunk).map { offset in
            .read(handle, offset: offset, count: min(SFTPRequest.chunk, range.upperBound - offset))
        }
    }

    private func status(_ answer: SFTPAnswer?) -> SFTPAnswer.Status {
        if case .status(let status)? = answer { status } else { .failure }
    }

    // MARK: Steps of writing

    private func create(_ creations: [Creation]) async throws {
        for creation in creations { try await requireParent(of: creation.path) }
        do {
            let opened = try await open(creations)
            try await fill(opened)
        } catch {
            // One that this did not make was in the way and could not be removed: that is tried once more.
            _ = try? await ask(creations.map { .remove(shown($0.path)) })
            throw error
        }
    }

    /// New files for their owner alone, in place of leftovers.
    private func open(_ creations: [Creation]) async throws -> [Opened] {
        func requests(_ creation: Creation) -> [SFTPRequest] {
            let place = shown(creation.path)
            let flags: SFTPRequest.OpenFlags = [.read, .write, .create, .exclusive]
            return [.open(place, flags, RemoteAttributes(permissions: 0o600)), .lookAt(place)]
        }
        var answers = try await ask(creations.flatMap(requests))
        var opened: [Opened] = []
        for (index, creation) in creations.enumerated() {
            var pair = Array(answers[(2 * index)..<(2 * index + 2)])
            if case .status? = pair.first, case .attributes? = pair.last {
                pair = try await ask([.remove(shown(creation.path))] + requests(creation)).suffix(2)
            }
            guard case .handle(let handle)? = pair.first else {
                for later in answers[(2 * index)...] { if case .handle(let handle) = later { closeLater(handle) } }
                opened.forEach { closeLater($0.handle) }
                throw try await failure(pair.first, .create, creation.path)
            }
            answers[2 * index] = .status(.done)
            guard case .attributes(let found)? = pair.last else {
                closeLater(handle)
                throw try await failure(pair.last, .look, creation.path)
            }
            opened.append(Opened(creation: creation, handle: handle, found: found))
        }
        return opened
    }

    /// Whose it is and who may read it is settled while a file is empty; then all is written, synced, read back and
    /// closed in one go.
    private func fill(_ opened: [Opened]) async throws {
        let synchronizes = try await offers(.synchronize)
        do {
            try await own(opened)
        } catch {
            opened.forEach { closeLater($0.handle) }
            throw error
        }
        var requests: [SFTPRequest] = []
        var spans: [Range<Int>] = []
        for file in opened {
            let start = requests.count
            requests += fillRequests(file, synchronizes: synchronizes)
            spans.append(start..<requests.count)
        }
        let directory = Self.parent(of: opened.first?.creation.path ?? "")
        let preparesSync = synchronizes && canSyncDirectories && toSync[directory] == nil
        if preparesSync { requests.append(.open(shown(directory), .read)) }
        let answers = try await ask(requests)
        if preparesSync { noteOpened(answers.last, directory) }
        for (file, span) in zip(opened, spans) { try await settle(file, requests[span], answers[span]) }
    }

    /// Makes each file its owner's alone, and then gives it to whom it shall belong. All of that is answered before
    /// anything is written or a mode widened: a server goes on with what follows in a pipeline when it refused a step.
    private func own(_ opened: [Opened]) async throws {
        var requests: [SFTPRequest] = []
        var files: [Opened] = []
        for file in opened {
            var steps: [SFTPRequest] = []
            // A server that does not keep the mode it was asked to create with.
            if (file.found.permissions ?? 0o777) & 0o077 != 0 {
                steps.append(.setAttributesOfOpen(file.handle, RemoteAttributes(permissions: 0o600)))
            }
            let (wanted, found) = (file.creation, file.found)
            if wanted.user ?? found.user != found.user || wanted.group ?? found.group != found.group {
                guard let user = wanted.user ?? found.user, let group = wanted.group ?? found.group else {
                    throw SFTPFailure.answered(.unsupported, .setAttributes, shown(wanted.path), nil)
                }
                steps.append(.setAttributesOfOpen(file.handle, RemoteAttributes(user: user, group: group)))
            }
            guard !steps.isEmpty else { continue }
            steps.append(.lookAtOpen(file.handle))
            requests += steps
            files += steps.map { _ in file }
        }
        guard !requests.isEmpty else { return }
        for (file, answer) in zip(files, try await ask(requests)) {
            switch answer {
            case .status(.done): continue
            case .attributes(let found): try requireOwner(of: file.creation, found)
            default: throw try await failure(answer, .setAttributes, file.creation.path)
            }
        }
    }

    /// A server that took a request for another owner has to show that one, as far as it shows any.
    private func requireOwner(of creation: Creation, _ found: RemoteAttributes) throws {
        guard creation.user ?? found.user == found.user || found.user == nil,
            creation.group ?? found.group == found.group || found.group == nil
        else { throw SFTPFailure.answered(.unsupported, .setAttributes, shown(creation.path), nil) }
    }

    private func fillRequests(_ file: Opened, synchronizes: Bool) -> [SFTPRequest] {
        let (handle, creation) = (file.handle, file.creation)
        let count = creation.bytes.count
        var requests: [SFTPRequest] = []
        requests.append(.setAttributesOfOpen(handle, RemoteAttributes(permissions: creation.mode)))
        requests += stride(from: 0, to: count, by: SFTPRequest.chunk).map { offset in
            .write(handle, offset: offset, creation.bytes, offset..<min(offset + SFTPRequest.chunk, count))
        }
        if synchronizes { requests.append(.synchronize(handle)) }
        if manner.verifies { requests += Self.reads(of: handle, 0..<count) }
        return requests + [.lookAtOpen(handle), .close(handle)]
    }

    private func settle(
        _ file: Opened, _ requests: ArraySlice<SFTPRequest>, _ answers: ArraySlice<SFTPAnswer>
    ) async throws {
        let (path, bytes) = (file.creation.path, file.creation.bytes)
        for (request, answer) in zip(requests, answers) {
            switch (request, answer) {
            case (_, .status(.done)): continue
            case (.read(_, let offset, let count), .data(let part)):
                guard part.isEqual(to: bytes, offset..<(offset + count)) else { throw SFTPFailure.differs(shown(path)) }
            case (.lookAtOpen, .attributes(let found)):
                guard found.size ?? UInt64(bytes.count) == UInt64(bytes.count) else {
                    throw SFTPFailure.differs(shown(path))
                }
                try requireOwner(of: file.creation, found)
                // More rights than asked for are never accepted; fewer are between the server and its users.
                guard (found.permissions ?? file.creation.mode) & ~file.creation.mode & 0o777 == 0 else {
                    throw SFTPFailure.answered(.unsupported, .setAttributes, shown(path), nil)
                }
            case (.setAttributesOfOpen, _): throw try await failure(answer, .setAttributes, path)
            case (.synchronize, .status(.unsupported)): continue
            case (.synchronize, _): throw try await failure(answer, .synchronize, path)
            case (.read, .status(.end)): throw SFTPFailure.differs(shown(path))
            default: throw try await failure(answer, .write, path)
            }
        }
    }
}

extension Secret {
    /// Whether these are the bytes of `other` in `range`, in a time that depends on the counts alone.
    fileprivate func isEqual(to other: Secret, _ range: Range<Int>) -> Bool {
        guard range.lowerBound >= 0, range.upperBound <= other.count, range.count == count else { return false }
        return other.withBytes { matches(Secret($0[range])) }
    }
}

extension Optional where Wrapped: Sendable {
    fileprivate func asyncMap<Result: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ body: (Wrapped) async throws -> Result
    ) async rethrows -> Result? {
        switch self {
        case let wrapped?: try await body(wrapped)
        case nil: nil
        }
    }
}

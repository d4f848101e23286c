import Automation
import Storage

extension Desk {
    /// So many certificates are changed in one commit.
    private static let atOnce = 500

    /// Pauses every flow that is not paused for at least as long already, those of retired certificates aside. Each
    /// commit is whole; where it is cut off, doing it again goes on with the rest.
    ///
    /// - Parameter isMeant: by their labels.
    public func pauseAll(
        until: Instant?, where isMeant: @Sendable ([String: String]) -> Bool
    ) async throws -> Paused {
        try await all(where: isMeant) { record in
            guard let pause = record.pause, pause.holds(at: now()) else { return true }
            return pause.until.map { end in until.map { $0 > end } ?? true } ?? false
        } act: { names in
            try await pause(.names(names), until: until)
        }
    }

    /// Ends every pause; targets that are held by hand stay held.
    ///
    /// - Parameter isMeant: by their labels.
    public func resumeAll(where isMeant: @Sendable ([String: String]) -> Bool) async throws -> Paused {
        try await all(where: isMeant) {
            $0.pause != nil
        } act: { names in
            try await resume(.names(names), releasing: false)
        }
    }

    private func all(
        where isMeant: @Sendable ([String: String]) -> Bool, _ isDue: (CertificateRecord) -> Bool,
        act: ([String]) async throws -> Paused
    ) async throws -> Paused {
        var (whole, last) = (Paused(), String?.none)
        while true {
            let page = try await ledger.certificates(after: last, limit: Self.atOnce)
            guard let end = page.last else { return whole }
            last = end.name
            let names = page.filter { !$0.isRetired && isMeant($0.labels) && isDue($0) }.map(\.name)
            guard !names.isEmpty else { continue }
            let part = try await act(names)
            whole.names += part.names
            whole.released += part.released
        }
    }
}

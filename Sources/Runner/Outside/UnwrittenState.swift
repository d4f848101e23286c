import Foundation
import PluginKit

/// A plug-in's store whose changes live as long as this value: what is stored is read, and stays as it is.
actor UnwrittenState: PluginState {
    private let stored: any PluginState
    private var changes: [String: Secret] = [:]

    init(over stored: any PluginState) { self.stored = stored }

    func value(_ key: String) async throws -> Secret? {
        if let changed = changes[key] { return changed }
        return try await stored.value(key)
    }

    func store(_ new: Secret, _ key: String, replacing: Data?) async throws -> Bool {
        let before = try await stored.value(key)
        guard (changes[key] ?? before)?.sha256 == replacing else { return false }
        changes[key] = new
        return true
    }
}

import Foundation

/// Options after the schema accepted them: typed, templates rendered for one target and version, secrets resolved.
public struct Options: Sendable {
    public indirect enum Value: Sendable {
        case text(String)
        case integer(Int)
        case flag(Bool)
        case duration(Duration)
        case secret(Secret)
        /// The index into the delivery's artifacts, and what stands there: known also where a verb is handed none.
        case artifact(Int, Artifact.Content)
        case template(DeferredText)
        case json(JSONTemplate<DeferredText>)
        case list([Value])
        case group(Options)
    }

    public var values: [String: Value]

    public init(_ values: [String: Value] = [:]) { self.values = values }

    public subscript(_ name: String) -> Value? { values[name] }

    public func text(_ name: String) -> String? {
        if case .text(let value) = values[name] { value } else { nil }
    }

    public func integer(_ name: String) -> Int? {
        if case .integer(let value) = values[name] { value } else { nil }
    }

    public func flag(_ name: String) -> Bool? {
        if case .flag(let value) = values[name] { value } else { nil }
    }

    public func duration(_ name: String) -> Duration? {
        if case .duration(let value) = values[name] { value } else { nil }
    }

    public func secret(_ name: String) -> Secret? {
        if case .secret(let value) = values[name] { value } else { nil }
    }

    public func artifact(_ name: String) -> Int? {
        if case .artifact(let index, _) = values[name] { index } else { nil }
    }

    public func content(_ name: String) -> Artifact.Content? {
        if case .artifact(_, let content) = values[name] { content } else { nil }
    }

    public func template(_ name: String) -> DeferredText? {
        if case .template(let value) = values[name] { value } else { nil }
    }

    public func json(_ name: String) -> JSONTemplate<DeferredText>? {
        if case .json(let value) = values[name] { value } else { nil }
    }

    /// A group, or what a field of free keys holds.
    public func group(_ name: String) -> Options? {
        if case .group(let value) = values[name] { value } else { nil }
    }

    public func integers(_ name: String) -> [Int] {
        list(name).compactMap { if case .integer(let value) = $0 { value } else { nil } }
    }

    public func texts(_ name: String) -> [String] {
        list(name).compactMap { if case .text(let value) = $0 { value } else { nil } }
    }

    public func groups(_ name: String) -> [Options] {
        list(name).compactMap { if case .group(let value) = $0 { value } else { nil } }
    }

    /// Permission bits of a field of shape `mode`.
    public func mode(_ name: String) -> UInt32? { text(name).flatMap { UInt32($0, radix: 8) } }

    /// - Throws: `PluginFailure` (`bug`): the schema should have required it.
    public func required<Value>(_ name: String, _ value: Value?) throws -> Value {
        guard let value else {
            throw PluginFailure(
                .bug, code: "plugin.option-missing", message: "The option \"\(name)\" is missing.",
                remedy: "Give it in the profile; if it is there, report this to the author of the plug-in.")
        }
        return value
    }

    private func list(_ name: String) -> [Value] {
        if case .list(let values) = values[name] { values } else { [] }
    }
}

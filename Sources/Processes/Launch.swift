import Foundation
import PluginKit
import Subprocess

/// A checked command: everything that a person may have got wrong is found before anything starts.
struct Launch: Sendable {
    /// The program that was asked for, for messages.
    let program: String
    private let path: String
    /// From argument 0 on, which is the program as it was asked for: some behave by the name they are called by.
    private let arguments: [String]
    private let environment: [String: String]

    init(_ command: Command, environment: [String: String], limits: Limits) async throws {
        guard let program = command.arguments.first, !program.isEmpty else { throw PluginFailure.emptyCommand }
        self.program = program
        if let index = command.arguments.firstIndex(where: { $0.utf8.contains(0) }) {
            throw PluginFailure.nulByte(inArgument: index, of: program)
        }
        for (name, value) in environment where !Self.isName(name) || value.utf8.contains(0) {
            throw PluginFailure.badVariable(name, of: program)
        }
        let direct = try await Program.find(program)
        arguments = limits.wrapping(command.arguments)
        path = if let wrapper = arguments.first, wrapper != program { try await Program.find(wrapper) } else { direct }
        self.environment = environment.merging(["PATH": Processes.searchPath, "LANG": "C.UTF-8"]) { _, fixed in fixed }
    }

    func configuration(cancellation: [TeardownStep]) -> Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = cancellation
        let variables = environment.map { (Environment.Key(stringLiteral: $0.key), $0.value) }
        return Configuration(
            executable: .path(.init(path)),
            arguments: Arguments(
                executablePathOverride: arguments.first, remainingValues: Array(arguments.dropFirst())),
            environment: .custom(Dictionary(uniqueKeysWithValues: variables)),
            workingDirectory: "/", platformOptions: options)
    }

    /// Capital letters, digits and underscores, no digit first (POSIX, environment variables).
    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first) else { return false }
        return name.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") }
    }
}

import ArgumentParser
import Foundation

/// The manual page, in man(7) macros: what the commands say of themselves, and what holds for all of them.
enum ManualPage {
    /// What the argument parser tells of a command (its `ToolInfo`, version 0).
    private struct Tool: Decodable { var command: Command }

    private struct Command: Decodable {
        var commandName: String
        var abstract: String?
        var discussion: String?
        var subcommands: [Command]?
        var arguments: [Argument]?
    }

    private struct Argument: Decodable {
        struct Name: Decodable {
            /// "long", "short", "longWithSingleDash"
            var kind: String
            var name: String

            var text: String { (kind == "long" ? "--" : "-") + name }
        }

        /// "positional", "option", "flag"
        var kind: String
        var shouldDisplay: Bool
        var isOptional: Bool
        var isRepeating: Bool
        var names: [Name]?
        var valueName: String?
        var defaultValue: String?
        var abstract: String?
    }

    /// Told once, for all commands.
    private static let common: Set<String> = ["--home", "--output", "--help", "-h", "--version"]

    static func text(of program: (some ParsableCommand).Type) throws -> String {
        let root = try JSONDecoder().decode(Tool.self, from: Data(program._dumpHelp().utf8)).command
        var lines = [".TH CERTFLOW 1 \"\" \"certflow \(Version.text)\" \"User Commands\""]
        lines += [".SH NAME", "certflow \\- \(escaped(sentence(root.abstract)))"]
        lines += [".SH SYNOPSIS", ".B certflow", ".I command", "[\\fIarguments\\fR]"]
        lines += [".SH DESCRIPTION"] + paragraph(root.discussion)
        lines += [".SH COMMANDS"]
        for command in root.subcommands ?? [] where command.commandName != "help" {
            lines += section(command, below: "certflow")
        }
        return (lines + epilogue).joined(separator: "\n")
    }

    private static func section(_ command: Command, below parent: String) -> [String] {
        let name = "\(parent) \(command.commandName)"
        let subcommands = (command.subcommands ?? []).filter { $0.commandName != "help" }
        let arguments = (command.arguments ?? []).filter { argument in
            argument.shouldDisplay && !(argument.names ?? []).contains { common.contains($0.text) }
        }
        var lines: [String] = []
        if subcommands.isEmpty {
            let usage = arguments.map(usage).joined(separator: " ")
            lines += [".SS \(escaped(name))", "\\fB\(escaped(name))\\fR \(usage)", ".PP"]
        } else {
            lines += [".SS \(escaped(name)) \\fIcommand\\fR"]
        }
        lines += paragraph(command.abstract) + paragraph(command.discussion)
        for argument in arguments { lines += item(argument) }
        return lines + subcommands.flatMap { section($0, below: name) }
    }

    private static func usage(_ argument: Argument) -> String {
        let text =
            argument.kind == "positional"
            ? value(argument)
            : [name(argument), argument.kind == "option" ? value(argument) : ""].filter { !$0.isEmpty }
                .joined(separator: " ")
        let repeated = argument.isRepeating ? "\(text) ..." : text
        return argument.isOptional || argument.kind == "flag" ? "[\(repeated)]" : repeated
    }

    private static func item(_ argument: Argument) -> [String] {
        let head =
            argument.kind == "positional"
            ? value(argument) : name(argument) + (argument.kind == "option" ? " \(value(argument))" : "")
        let standard = argument.kind == "option" ? argument.defaultValue.map { " Default: \($0)." } ?? "" : ""
        return [".TP", head, escaped(sentence(argument.abstract) + (standard == " Default: ." ? "" : standard))]
    }

    private static func name(_ argument: Argument) -> String {
        (argument.names ?? []).map { "\\fB\(escaped($0.text))\\fR" }.joined(separator: ", ")
    }

    private static func value(_ argument: Argument) -> String { "\\fI\(escaped(argument.valueName ?? "value"))\\fR" }

    private static func paragraph(_ text: String?) -> [String] {
        (text ?? "").components(separatedBy: "\n\n").filter { !$0.isEmpty }.flatMap { part in
            [".PP", part.split(separator: "\n").map { escaped(String($0)) }.joined(separator: "\n")]
        }
    }

    private static func sentence(_ text: String?) -> String { text ?? "" }

    /// Text that roff takes as text.
    private static func escaped(_ text: String) -> String {
        let safe = text.replacing("\\", with: "\\e").replacing("-", with: "\\-")
        return safe.hasPrefix(".") || safe.hasPrefix("'") ? "\\&" + safe : safe
    }

    private static let epilogue = [
        ".SH COMMON OPTIONS",
        ".TP", "\\fB\\-\\-home\\fR \\fIdir\\fR", "The home to work on; else CERTFLOW_HOME, else ~/.certflow.",
        ".TP", "\\fB\\-\\-output\\fR table|json", "For people, or for programs: the forms stand in docs/output.md.",
        ".TP", "\\fB\\-h\\fR, \\fB\\-\\-help\\fR", "What a command does, and what it takes.",
        ".TP", "\\fB\\-\\-version\\fR", "The version of certflow.",
        ".SH EXIT STATUS",
        ".TP", "0", "Done; also where nothing was due.",
        ".TP", "1", "Failed.",
        ".TP", "2", "The command was typed wrong.",
        ".TP", "3", "Some targets or items failed, the others are done.",
        ".SH ENVIRONMENT",
        ".TP", "CERTFLOW_HOME", "The home to work on.",
        ".TP", "CREDENTIALS_DIRECTORY",
        "Set by systemd: the credential certflow\\-master\\-key in it is used as the master key.",
        ".TP", "NO_COLOR", "No colour, also on a terminal.",
        ".SH FILES",
        "In the home:",
        ".TP", "certflow.yaml", "Settings.",
        ".TP", "certflow.db", "Certificates, versions, sealed keys, the audit trail.",
        ".TP", "master.key", "What all keys and secrets are sealed with: keep a copy elsewhere.",
        ".TP", "profiles/publishing/*.yaml, profiles/issuing/*.yaml", "Where to publish, and who issues.",
    ]
}

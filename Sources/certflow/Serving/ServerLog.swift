import Automation
import Foundation
import Logging
import Runner
import Synchronization

/// What `serve` logs on standard error: text for people, or JSON for collectors.
enum ServerLog {
    static func make(asJSON: Bool) -> Logger {
        var log = Logger(label: "certflow") { _ in LineLog(isJSON: asJSON) }
        log.logLevel = .info
        return log
    }

    static func tell(_ note: ProgressNote, _ log: Logger) {
        var metadata: Logger.Metadata = ["certificate": "\(note.certificate)", "kind": "\(note.kind)"]
        if let target = note.target { metadata["target"] = "\(target)" }
        log.log(level: note.kind == .failed ? .warning : .info, "\(Console.oneLine(note.text))", metadata: metadata)
    }
}

/// One line for each entry; nothing in it can begin another line.
struct LineLog: LogHandler {
    let isJSON: Bool
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    init(isJSON: Bool) { self.isJSON = isJSON }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }.filter { !$0.key.hasPrefix("hb.") }
        let now = Self.time(Date())
        if isJSON {
            var object = all.mapValues { "\($0)" }
            object["at"] = now
            object["level"] = event.level.rawValue
            object["message"] = "\(event.message)"
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let data = try? encoder.encode(object) else { return }
            write(String(decoding: data, as: UTF8.self))
        } else {
            let rest = all.sorted { $0.key < $1.key }.map { " \($0.key)=\(Self.quoted("\($0.value)"))" }.joined()
            write("\(now) \(event.level.rawValue) \(Console.oneLine("\(event.message)"))\(rest)")
        }
    }

    /// "2027-03-09T00:12:03.041Z"
    private static func time(_ date: Date) -> String {
        let milliseconds = Int64((date.timeIntervalSince1970 * 1000).rounded(.down))
        let rest = String(milliseconds % 1000)
        return Instant(seconds: milliseconds / 1000).rfc3339.dropLast() + "."
            + String(repeating: "0", count: 3 - rest.count) + rest + "Z"
    }

    private func write(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

    private static func quoted(_ text: String) -> String {
        let line = Console.oneLine(text)
        return line.utf8.contains(UInt8(ascii: " ")) || line.isEmpty
            ? "\"\(line.replacingOccurrences(of: "\"", with: "'"))\"" : line
    }
}

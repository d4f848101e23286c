import Automation
import Foundation
import PluginKit
import Profiles

/// A flow as JSON: the same keys that `flows.yaml` has under `flow`.
struct FlowJSON: Codable, Sendable {
    struct Renewal: Codable, Sendable {
        var enabled: Bool
        var renew: String
        var days: Int?
    }

    struct Publication: Codable, Sendable {
        var enabled: Bool
        var profiles: [String]
        var publish: String
        var lastResort: String
    }

    struct WindowForm: Codable, Sendable {
        var days: [String]?
        var periods: [String]?
        /// In place of days and periods where the open cells are not all of theirs.
        var open: [String: [String]]?
        var timeZone: String
        var earlier: Bool?

        init(_ window: Window, earlier: Bool?) {
            let cells = window.cells
            let open = Weekday.allCases.filter { day in Period.all.contains { cells[day, $0] } }
            let used = Period.all.filter { period in Weekday.allCases.contains { cells[$0, period] } }
            if Cells(days: open, periods: used) == cells {
                days = open.map(\.name)
                periods = used.map(\.name)
            } else {
                self.open = Dictionary(
                    open.map { day in (day.name, Period.all.filter { cells[day, $0] }.map(\.name)) }
                ) { first, _ in first }
            }
            timeZone = window.zone.identifier
            self.earlier = earlier
        }
    }

    var renewal: Renewal
    var publication: Publication
    var window: WindowForm
    var publicationWindow: WindowForm?

    init(_ flow: Flow) {
        let rules = flow.rules
        renewal = Renewal(
            enabled: rules.renewalEnabled, renew: FlowDraft.RenewChoice(rules.renewIn).rawValue,
            days: rules.renewIn.days)
        publication = Publication(
            enabled: rules.publicationEnabled, profiles: flow.profiles, publish: rules.publishOn.rawValue,
            lastResort: rules.lastResort.rawValue)
        window = WindowForm(rules.window, earlier: rules.earlier)
        publicationWindow = rules.publicationWindow.map { WindowForm($0, earlier: nil) }
    }

    /// Keys in order, on one line.
    var text: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Texts, numbers and flags always encode.
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }

    /// Reads a flow as `flows.yaml` is read: what is not said is as in a new flow.
    ///
    /// - Parameters:
    ///   - profiles: those that flows may name; nil leaves the names unchecked.
    /// - Returns: the flow where nothing is wrong with it. A problem's position names the place as a JSON pointer, in
    ///   place of a file.
    static func read(
        _ data: Data, profiles: ProfileSet?, defaults: FlowDefaults = FlowDefaults()
    ) -> (flow: Flow?, problems: [OptionProblem]) {
        guard data.count <= 65_536, let value = try? JSONDecoder().decode(JSONNode.self, from: data),
            case .group = value
        else {
            let position = SourcePosition(file: "/", line: 1, column: 1)
            return (
                nil,
                [
                    OptionProblem(
                        position, "This is no JSON object of a flow.",
                        remedy: "Send an object with the keys that a flow has in flows.yaml.")
                ]
            )
        }
        return FlowsFile.flow(value.node(at: ""), profiles: profiles, defaults: defaults)
    }
}

/// Any JSON value, with texts for what is single: as YAML's reader hands it on.
private enum JSONNode: Decodable {
    case scalar(String, isPlain: Bool)
    case list([JSONNode])
    case group([String: JSONNode])

    init(from decoder: any Decoder) throws {
        if let group = try? decoder.container(keyedBy: AnyKey.self) {
            var entries: [String: JSONNode] = [:]
            for key in group.allKeys { entries[key.stringValue] = try group.decode(JSONNode.self, forKey: key) }
            self = .group(entries)
        } else if var items = try? decoder.unkeyedContainer() {
            var list: [JSONNode] = []
            while !items.isAtEnd { list.append(try items.decode(JSONNode.self)) }
            self = .list(list)
        } else {
            let single = try decoder.singleValueContainer()
            if single.decodeNil() {
                self = .scalar("", isPlain: true)
            } else if let flag = try? single.decode(Bool.self) {
                self = .scalar(flag ? "true" : "false", isPlain: true)
            } else if let whole = try? single.decode(Int64.self) {
                self = .scalar(String(whole), isPlain: true)
            } else if let number = try? single.decode(Double.self) {
                self = .scalar(String(number), isPlain: true)
            } else {
                self = .scalar(try single.decode(String.self), isPlain: false)
            }
        }
    }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    func node(at pointer: String) -> OptionNode {
        let position = SourcePosition(file: pointer.isEmpty ? "/" : pointer, line: 1, column: 1)
        switch self {
        case .scalar(let text, let isPlain): return OptionNode(.scalar(text), at: position, isPlain: isPlain)
        case .list(let items):
            let nodes = items.enumerated().map { $1.node(at: "\(pointer)/\($0)") }
            return OptionNode(.list(nodes), at: position)
        case .group(let entries):
            let nodes = entries.sorted { $0.key < $1.key }.map { key, value in
                // RFC 6901
                let part = key.replacing("~", with: "~0").replacing("/", with: "~1")
                let place = "\(pointer)/\(part)"
                return OptionNode.Entry(
                    key: key, keyPosition: SourcePosition(file: place, line: 1, column: 1), node: value.node(at: place))
            }
            return OptionNode(.group(nodes), at: position)
        }
    }
}

import Automation
import PluginKit

/// A notice that has to leave: kept until some notifier took it.
public struct NoticeRecord: Hashable, Sendable, Codable {
    public var id: Int64
    public var notice: Notice
    public var level: AlertPolicy.Level
    public var createdAt: Instant
    public var failures: Int
    public var sentAt: Instant?
    public var lastFailure: String?

    public init(id: Int64, notice: Notice, level: AlertPolicy.Level, createdAt: Instant) {
        self.id = id
        self.notice = notice
        self.level = level
        self.createdAt = createdAt
        failures = 0
    }
}

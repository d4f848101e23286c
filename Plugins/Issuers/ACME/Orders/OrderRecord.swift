import Foundation
import PluginKit

/// What is recorded of an order: whoever goes on after a crash asks the CA for its state, and cleans up what was placed.
struct OrderRecord: Codable, Sendable {
    /// A challenge that was placed, or was about to be.
    struct Placed: Codable, Sendable {
        var form: Challenge.Form
        var subject: String
        var token: String
        var handle: Handle
    }

    /// `AcceptedRequest.purpose`.
    var purpose: Data
    var url: String
    var finalize: String
    /// Seconds since 1970: when the waiting began that `timeout` limits.
    var waitsSince: Int64
    /// Whether the ARI of its predecessor was named, so that no budget counts it.
    var isReplacement: Bool
    var isFinalizing = false
    /// Whether it can bring nothing any more: then another is made.
    var isClosed = false
    /// Whether the host is asked to come back: the waiting goes on then, after a crash it begins anew.
    var isWaiting = false
    var placed: [Placed] = []
}

/// The record of one order in the host's journal; entries of parallel authorizations follow one another.
final class OrderLog: Sendable {
    private let box: Box<OrderRecord>
    private let journal: any Journal
    private let turns = Turns()

    init(_ record: OrderRecord, _ journal: any Journal) {
        box = Box(record)
        self.journal = journal
    }

    var record: OrderRecord { box.value }

    /// Changes the record in memory alone: the next entry carries it.
    func change(_ change: (inout OrderRecord) -> Void) { box.update(change) }

    /// Durable when it returns.
    func write(_ step: Step, _ change: @escaping @Sendable (inout OrderRecord) -> Void = { _ in }) async throws {
        try await turns.take("entry") { [self] in
            try await journal.record(step, Handle(box.update(change)))
        }
    }

    func note(_ text: String) { journal.note(text) }
}

import Foundation
import PluginKit

/// What tests of a publisher of files publish: the sample sets, with the options of a profile.
public protocol SamplePublishing {
    associatedtype Subject: Publisher

    var publisher: Subject { get }
    /// What is published to.
    var directory: String { get }
    var layout: FileOptions.Layout { get }
    /// Options of single files, by their names.
    var files: [String: [String: String]] { get }
    /// All other options.
    var values: [String: Options.Value] { get }
}

extension SamplePublishing {
    public var options: Options {
        var values = values
        values["directory"] = .text(directory)
        values["layout"] = .text(layout.rawValue)
        values["files"] = .list(
            SampleSet.files.map { file in
                var own = (files[file.name] ?? [:]).mapValues { Options.Value.text($0) }
                own["name"] = .text(file.name)
                own["content"] = .artifact(file.artifact, file.content)
                return .group(Options(own))
            })
        return Options(values)
    }

    public func delivery(_ number: Int, resuming: Handle? = nil) -> Delivery {
        var delivery = SampleSet.delivery(number, resuming: resuming)
        delivery.options = options
        return delivery
    }

    /// As check, inspect, rollback and sweep are called: without artifacts.
    public func look(_ number: Int) -> Delivery {
        var delivery = delivery(number)
        delivery.artifacts = []
        return delivery
    }

    @discardableResult
    public func publish(
        _ number: Int, resuming: Handle? = nil, _ journal: MemoryJournal = MemoryJournal(),
        isolation: isolated (any Actor)? = #isolation
    ) async throws -> Receipt {
        try await publisher.publish(delivery(number, resuming: resuming), journal)
    }
}

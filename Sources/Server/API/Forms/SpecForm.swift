import Automation
import PluginKit
import Profiles

/// One certificate as flows.yaml has it, and `PUT` takes it.
package struct SpecForm: Codable, Sendable {
    package struct Key: Codable, Sendable {
        package var type: String
        package var reuse: Bool
    }

    package struct Fallback: Codable, Sendable {
        package var issuer: String
        /// "24h"
        package var after: String
    }

    package var name: String
    package var subjects: [String]
    package var issuer: String
    package var fallback: Fallback?
    package var key: Key
    package var labels: [String: String]
    package var owner: String
    package var note: String
    var flow: FlowJSON

    init(_ spec: CertificateSpec) {
        name = spec.name
        subjects = spec.subjects.map(\.description)
        issuer = spec.issuer
        fallback = spec.fallback.map {
            Fallback(issuer: $0.issuer, after: OptionText.words(seconds: $0.after.seconds))
        }
        key = Key(type: spec.key.type.rawValue, reuse: spec.key.reuse)
        labels = spec.labels
        owner = spec.owner
        note = spec.note
        flow = FlowJSON(spec.flow)
    }
}

import Automation
import PluginKit

extension FlowsFile {
    /// Reads one flow by itself, with the keys that stand under `flow` in `flows.yaml`.
    ///
    /// - Parameter node: a group; what it does not say is as in a new flow. Problems carry the positions of its nodes.
    /// - Returns: the flow, where nothing is wrong with it, and every problem found.
    public static func flow(
        _ node: OptionNode, profiles: ProfileSet? = nil, defaults: FlowDefaults = FlowDefaults()
    ) -> (flow: Flow?, problems: [OptionProblem]) {
        let findings = Findings()
        let entry = OptionNode.Entry(key: "flow", keyPosition: node.position, node: node)
        let certificate = OptionNode(.group([entry]), at: node.position)
        guard let group = GroupReader(certificate, keys: ["flow"], findings) else { return (nil, findings.problems) }
        let flow = FlowReader(defaults: defaults, profiles: profiles, findings: findings).flow(group)
        return (findings.isEmpty ? flow : nil, findings.problems)
    }
}

import Automation
import PluginKit

/// The format of `flows.yaml`: a list of certificates with their flows.
public enum FlowsFile {
    /// Reads one text; `parse(_:profiles:defaults:)` takes several files, and bytes that may be no text.
    public static func parse(
        _ text: String, file: String, profiles: ProfileSet? = nil, defaults: FlowDefaults = FlowDefaults()
    ) -> (specs: [CertificateSpec], problems: [OptionProblem]) {
        parse([SourceFile(text, path: file)], profiles: profiles, defaults: defaults)
    }

    /// Reads files that are applied together.
    ///
    /// - Parameter profiles: those that flows may name; nil leaves the names unchecked.
    /// - Returns: the certificates without a problem, in the order of the files, and every problem found.
    public static func parse(
        _ sources: [SourceFile], profiles: ProfileSet? = nil, defaults: FlowDefaults = FlowDefaults()
    ) -> (specs: [CertificateSpec], problems: [OptionProblem]) {
        let findings = Findings()
        var specs: [CertificateSpec] = []
        for source in sources {
            for item in items(of: source, findings) {
                let own = Findings()
                let reader = CertificateReader(defaults: defaults, profiles: profiles, findings: own)
                let spec = reader.certificate(item)
                own.problems.forEach(findings.report)
                if let spec, own.isEmpty { specs.append(spec) }
            }
        }
        return (unique(specs, findings), findings.problems)
    }

    private static func items(of source: SourceFile, _ findings: Findings) -> [OptionNode] {
        do throws(OptionProblem) {
            guard let root = try YAMLReader.read(source) else {
                findings.report(.start(of: source.path), "The file is empty.", "Begin with `certificates:`.")
                return []
            }
            guard let group = GroupReader(root, keys: ["certificates"], findings) else { return [] }
            guard group.has("certificates") else {
                group.missing("certificates", "Begin with `certificates:` and, below it, `- name: www.example.com`.")
                return []
            }
            return group.items("certificates", example: "[{name: www.example.com, ...}]") ?? []
        } catch {
            findings.report(error)
            return []
        }
    }

    private static func unique(_ specs: [CertificateSpec], _ findings: Findings) -> [CertificateSpec] {
        var seen: [String: SourcePosition] = [:]
        return specs.filter { spec in
            guard let position = spec.position else { return true }
            guard let first = seen[spec.name] else {
                seen[spec.name] = position
                return true
            }
            findings.report(
                position, "The certificate `\(spec.name)` stands at \(first) already.",
                "Keep one of the two, or give this one another name.")
            return false
        }
    }
}

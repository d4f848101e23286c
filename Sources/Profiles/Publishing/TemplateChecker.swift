import PluginKit

/// Parses templates of one file and remembers where each variable is used, so that each target can be asked whether it
/// gives a value.
final class TemplateChecker {
    private let known: Set<String>?
    private let findings: Findings
    private(set) var uses: [(variables: Set<String>, position: SourcePosition)] = []

    /// - Parameter known: nil, where the backend is unknown, accepts any variable.
    init(known: Set<String>?, _ findings: Findings) {
        self.known = known
        self.findings = findings
    }

    /// Nil, reported, where the text names an unknown variable or is no template.
    func template(_ text: String, at position: SourcePosition) -> Template? {
        do throws(TemplateProblem) {
            let template = try Template(text, known: known)
            uses.append((template.variables, position))
            return template
        } catch {
            findings.report(position, error.message, error.remedy)
            return nil
        }
    }
}

import Automation
import PluginKit

/// Reads the names that a certificate speaks for.
struct SubjectReader {
    let findings: Findings

    func subjects(_ group: GroupReader) -> [Subject] {
        let example = "[www.example.com, example.com]"
        guard group.has("subjects") else {
            group.missing("subjects", "Add the names it is for: `subjects: \(example)`.")
            return []
        }
        guard let items = group.items("subjects", example: example) else { return [] }
        if items.isEmpty {
            findings.report(
                group.position(of: "subjects"), "A certificate needs at least one subject.",
                "Write for example `subjects: \(example)`.")
        }
        var subjects: [Subject] = []
        var seen: Set<Subject> = []
        for item in items {
            guard let text = GroupReader.text(item, of: "subjects", findings) else { continue }
            guard let subject = Subject(text) else {
                findings.report(
                    item.position, "`\(text.shown)` is no DNS name and no IP address.", Self.remedy(for: text))
                continue
            }
            guard seen.insert(subject).inserted else {
                findings.report(item.position, "The subject `\(subject)` stands here twice.", "Remove one of the two.")
                continue
            }
            subjects.append(subject)
        }
        return subjects
    }

    private static func remedy(for text: String) -> String {
        if text.contains("://") || text.contains("/") { return "Write the host name alone, without scheme and path." }
        if text.contains(where: \.isWhitespace) || text.contains(",") {
            return "Write each name as an item of its own."
        }
        if text.contains("*") { return "A wildcard stands for the whole first label: `*.example.com`." }
        if text.contains("@") { return "Certificates for mail addresses are not made here; write a host name." }
        if !text.utf8.allSatisfy({ $0 < 128 }) {
            return "Write an internationalised name in its ASCII form, which begins with `xn--`."
        }
        if text.contains(":") { return "Write the host name alone, without a port." }
        return "Write a DNS name such as `www.example.com` or an IP address such as `192.0.2.7`."
    }
}

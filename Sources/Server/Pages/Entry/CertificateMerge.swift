import Foundation

/// A draft of a certificate that somebody else has changed meanwhile.
struct CertificateMerge {
    /// What was not touched here as it is stored now, and what was as it was typed.
    let draft: CertificateDraft
    /// Changed by both: what stands in the draft takes the place of what they wrote.
    let both: [String]
    /// Changed by them alone.
    let theirs: [String]

    /// - Parameter base: as it was when the form was opened.
    init(_ mine: CertificateDraft, base: CertificateDraft, stored: CertificateDraft) {
        var (merged, both, theirs) = (mine, [String](), [String]())
        func take<Value: Equatable>(_ label: String, _ part: WritableKeyPath<CertificateDraft, Value>) {
            guard stored[keyPath: part] != base[keyPath: part], stored[keyPath: part] != mine[keyPath: part] else {
                return
            }
            guard mine[keyPath: part] == base[keyPath: part] else {
                both.append(label)
                return
            }
            merged[keyPath: part] = stored[keyPath: part]
            theirs.append(label)
        }
        take("Subjects", \.subjects)
        take("Issuing profile", \.issuer)
        take("Fallback", \.fallback)
        take("Fallback after", \.fallbackAfter)
        take("Key", \.key)
        take("Keep the key", \.reuse)
        take("Labels", \.labels)
        take("Owner", \.owner)
        take("Note", \.note)
        (draft, self.both, self.theirs) = (merged, both, theirs)
    }

    var note: PageNote {
        var more: [String] = []
        if !theirs.isEmpty { more.append("Taken over from there: \(WindowWords.list(theirs)).") }
        if !both.isEmpty {
            more.append("Changed there and here: \(WindowWords.list(both)). What stands below takes its place.")
        }
        var note = PageNote(
            tone: .warn, title: "Somebody changed it while you were editing:", text: "what you typed is kept below.",
            more: more)
        note.isAlert = true
        return note
    }
}

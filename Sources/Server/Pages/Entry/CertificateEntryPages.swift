import Automation
import Profiles

/// What the template `certificate-add` shows of a draft, whichever page it stands on.
struct CertificateFields {
    var draft: CertificateDraft
    var issuers: [String]
    var mistakes: [CertificateDraft.Mistake] = []

    /// - Parameter title: of the mistakes: "The certificate is not added".
    func context(errors title: String) -> [String: Any] {
        var context: [String: Any] = [
            "hasErrors": !mistakes.isEmpty,
            "errorsTitle": mistakes.isEmpty ? "" : "\(title): \(Wording.count(mistakes.count, "error"))",
            "errors": mistakes.map { ["id": $0.id, "label": $0.label, "message": $0.message, "remedy": $0.remedy] },
            "name": draft.name, "subjects": draft.subjects, "issuers": options(draft.issuer),
            "fallbacks": [["value": "", "label": "none", "isOn": draft.fallback.isEmpty] as [String: Any]]
                + options(draft.fallback),
            "fallbackAfter": draft.fallbackAfter,
            "keys": KeyType.allCases.map { type -> [String: Any] in
                ["value": type.rawValue, "label": type.title, "isOn": type.rawValue == draft.key]
            },
            "reuse": draft.reuse, "labels": draft.labels, "owner": draft.owner, "note": draft.note,
        ]
        for (id, key) in [
            ("name", "Name"), ("subjects", "Subjects"), ("issuer", "Issuer"), ("fallback", "Fallback"),
            ("fallbackAfter", "FallbackAfter"), ("labels", "Labels"), ("owner", "Owner"), ("note", "Note"),
        ] {
            let message = mistakes.first { $0.id == id }.map { "\($0.message) \($0.remedy)" }
            context["has\(key)Error"] = message != nil
            context["\(id)Error"] = message ?? ""
        }
        return context
    }

    /// The one that is chosen is among them, whether or not its file is still there.
    private func options(_ chosen: String) -> [[String: Any]] {
        let gone = chosen.isEmpty || issuers.contains(chosen) ? [] : [chosen]
        return (issuers + gone).map { ["value": $0, "label": $0, "isOn": $0 == chosen] }
    }
}

/// The page *Add a certificate*.
struct CertificateAddPage {
    var draft: CertificateDraft
    var issuers: [String]
    var mistakes: [CertificateDraft.Mistake] = []

    var context: [String: Any] {
        let page: [String: Any] = [
            "pageTitle": "Add a certificate", "crumbs": Crumbs.to(("Certificates", "/certificates"), ("Add", "")),
            "title": "Add a certificate",
            "lede": "Its first version is asked for at once; nothing is published until a flow says where.",
            "action": "/certificates/add", "etag": "", "base": "", "isNew": true, "hasConflict": false,
            "conflict": [String: Any](), "verb": "Add certificate", "backHref": "/certificates",
            "then": "The Automated flow opens next.",
        ]
        return page.merging(
            CertificateFields(draft: draft, issuers: issuers, mistakes: mistakes)
                .context(errors: "The certificate is not added")
        ) { $1 }
    }
}

/// The page *Edit* of a certificate.
struct CertificateEditPage {
    var draft: CertificateDraft
    /// As it was when the form was opened.
    var base: String
    var revision: Int64
    var issuers: [String]
    var mistakes: [CertificateDraft.Mistake] = []
    var conflict: PageNote?

    var context: [String: Any] {
        let address = CertificatePath(draft.name)
        let page: [String: Any] = [
            "pageTitle": "Edit \(draft.name)",
            "crumbs": Crumbs.to(("Certificates", "/certificates"), (draft.name, address.path), ("Edit", "")),
            "title": "Edit \(draft.name)",
            "lede": "What it is and who issues it. When it is renewed and published stands in its Automated flow.",
            "action": address.act("edit"), "etag": String(revision), "base": base, "isNew": false,
            "hasConflict": conflict != nil, "conflict": conflict?.context ?? [:], "verb": "Review changes",
            "backHref": address.path, "then": "What follows is said before anything is changed.",
        ]
        return page.merging(
            CertificateFields(draft: draft, issuers: issuers, mistakes: mistakes)
                .context(errors: "The certificate is not changed")
        ) { $1 }
    }
}

/// The schemas that routes name, by their names.
enum APISchemas {
    /// Of what is answered: drawn from the types themselves.
    static let answers: [String: any (Codable & Sendable).Type] = [
        "OpenAPI": [String: JSONValue].self,
        "Account": AccountForm.self, "Act": ActForm.self, "Answered": AnsweredForm.self, "Applied": ApplyReport.self,
        "Attempt": AttemptForm.self, "Bulk": BulkForm.self, "Certificate": ShowForm.self,
        "CertificateRow": CertificateRowForm.self, "Event": AuditReport.Entry.self,
        "Explanation": Explanation.Form.self,
        "FlowWithRevision": FlowForm.self, "ForecastFlow": ForecastReport.Flow.self,
        "HistoryEntry": HistoryReport.Entry.self, "Imported": ImportReport.self,
        "Invitation": InvitationForm.self, "IssuedToken": IssuedTokenForm.self, "Issuer": IssuerForm.self,
        "IssuerCheck": IssuerCheckForm.self, "Me": MeForm.self, "Paused": PausedForm.self, "Preview": PreviewForm.self,
        "Problem": Problem.Document.self, "Profile": ProfileReport.self, "ProfileCheck": ProfileCheckReport.self,
        "ProfileDetail": ProfileDetail.self, "ProfileText": ProfileTextForm.self, "Removal": RemovalForm.self,
        "PublicationRehearsal": PublicationRehearsalForm.self, "RenewalRehearsal": RenewalRehearsalForm.self,
        "Request": RequestForm.self, "Revocation": RevocationForm.self, "Run": ForecastReport.Run.self,
        "RunNow": RunForm.self, "Secret": SecretForm.self,
        "Session": SessionForm.self, "Spec": SpecForm.self, "Status": StatusReport.self, "Target": TargetRowForm.self,
        "Token": TokenForm.self, "Verification": VerificationForm.self, "Version": ShowForm.Version.self,
    ]

    /// Of what is taken: what is left out is as in a new flow.
    static var taken: [String: JSONValue] {
        [
            "Labels": object([:], others: text), "Flow": flow, "CertificateSpec": certificate,
            "CertificateSpecs": list(.object(["$ref": .text("#/components/schemas/CertificateSpec")])),
            "Files": list(object(["name": text, "content": text], required: ["content", "name"])),
        ]
    }

    private static let text = JSONValue.object(["type": .text("string")])
    private static let flag = JSONValue.object(["type": .text("boolean")])
    private static let texts = list(text)

    private static func list(_ items: JSONValue) -> JSONValue { .object(["type": .text("array"), "items": items]) }

    private static func choice(_ words: String...) -> JSONValue {
        .object(["type": .text("string"), "enum": .list(words.map { .text($0) })])
    }

    private static func object(
        _ properties: [String: JSONValue], required: [String] = [], others: JSONValue = .flag(false)
    ) -> JSONValue {
        var object: [String: JSONValue] = [
            "type": .text("object"), "properties": .object(properties), "additionalProperties": others,
        ]
        if !required.isEmpty { object["required"] = .list(required.map { .text($0) }) }
        return .object(object)
    }

    private static var window: [String: JSONValue] {
        ["days": texts, "periods": texts, "open": object([:], others: texts), "timeZone": text]
    }

    private static var flow: JSONValue {
        object([
            "renewal": object([
                "enabled": flag, "renew": choice("automatic", "before-expiration", "on-expiration", "after-expiration"),
                "days": .object(["type": .text("integer"), "minimum": .number(1), "maximum": .number(365)]),
            ]),
            "publication": object([
                "enabled": flag, "profiles": texts,
                "publish": choice("after-renew", "on-previous-expiry", "after-previous-expiry"),
                "lastResort": choice("ask", "publish", "wait"),
            ]),
            "window": object(window.merging(["earlier": flag]) { first, _ in first }),
            "publicationWindow": object(window),
        ])
    }

    private static var certificate: JSONValue {
        object(
            [
                "name": text, "subjects": texts, "issuer": text,
                "fallback": object(["issuer": text, "after": text], required: ["issuer"]),
                "key": object(["type": text, "reuse": flag]), "labels": object([:], others: text), "owner": text,
                "note": text, "flow": .object(["$ref": .text("#/components/schemas/Flow")]),
            ], required: ["name", "subjects"])
    }
}

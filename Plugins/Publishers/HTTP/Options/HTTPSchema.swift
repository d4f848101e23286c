import PluginKit

/// What a profile may say, for the check of the file, the reference and the form.
enum HTTPSchema {
    static let fields: [OptionSchema.Field] =
        [
            .init(
                "server", .text, required: true, role: .target, example: "https://appliance.example.net",
                "Where all requests go: `https://HOST`, with a port and a path before all others where it has them."),
            .init(
                "place", .text, required: true, role: .place, example: "secrets/{{certificate.fileName}}",
                "What is written there, in the words of the server: two flows can't own the same. Requests name it "
                    + "`{{target.place}}`."),
            .init(
                "contents",
                .list(
                    .group([
                        .init("name", .text, required: true, example: "chain", "Requests say `{{content.chain}}`."),
                        .init("content", .content, required: true, example: "fullchain", "What it holds."),
                    ])),
                "What requests carry. Only what stands here leaves the home."),
            .init(
                "texts", .map(.template), example: "{key: \"{{target.place}}/fullchain.pem\"}",
                "Texts that requests name as `{{text.NAME}}`: where a whole has to be encoded, and not its parts."),
            .init("requests", .list(.group(RequestSchema.changing)), required: true, "What publishes, in this order."),
        ] + connection + others

    private static let connection: [OptionSchema.Field] = [
        .init(
            "plaintext", .flag, role: .manner, example: "true",
            "Lets `server` be `http://` on this machine (127.0.0.0/8, ::1), and nowhere else; default `false`."),
        .init(
            "caBundle", .path, role: .manner, example: "/etc/ssl/private-ca.pem",
            "The authorities (PEM) that vouch for the server, and only they; default: those of this machine."),
        .init(
            "addresses", .list(.text), role: .manner, example: "[10.0.0.0/8]",
            "The only addresses and ranges that are reached, whatever the host's name leads to. Addresses of one link "
                + "and of clouds' metadata services are refused, unless named here; default: all others."),
        .init(
            "timeout", .duration(1...600), role: .manner, example: "30s", "For one request and its answer; default 30s."
        ),
        .init(
            "headers", .map(.template), role: .manner, example: "{Accept: application/json}",
            "What every request says besides its own, those of `login` not."),
        .init("authentication", .group(authentication), role: .manner, "How requests prove who asks: one way."),
    ]

    private static let authentication: [OptionSchema.Field] = [
        .init("bearer", .secret, example: "{secret: api-token}", "`Authorization: Bearer ...`"),
        .init(
            "basic",
            .group([
                .init("user", .text, required: true, "The user's name."),
                .init("password", .secret, required: true, "The user's password."),
            ]), "User and password (RFC 7617)."),
        .init(
            "header",
            .group([
                .init("name", .text, required: true, example: "X-Api-Key", "The header's name."),
                .init("value", .secret, required: true, "What it says."),
            ]), "A header of the server's own."),
        .init(
            "oauth",
            .group([
                .init(
                    "tokenURL", .url, required: true, example: "https://login.example.net/token", "Who gives tokens."),
                .init("clientID", .text, required: true, "The client's name there."),
                .init("clientSecret", .secret, required: true, "Its secret."),
                .init("scope", .text, "What is asked for."),
                .init("audience", .text, "For whom, where that server wants to know."),
                .init(
                    "sends", .choice(["header", "form"]),
                    "Whether name and secret go as user and password (default) or in the form."),
            ]), "OAuth 2 client credentials (RFC 6749, 4.4). A token is used until it expires."),
        .init(
            "aws",
            .group([
                .init("accessKeyID", .text, required: true, "The access key's name."),
                .init("secretAccessKey", .secret, required: true, "The access key."),
                .init("sessionToken", .secret, "With temporary keys."),
                .init("region", .text, required: true, example: "eu-central-1", "The region."),
                .init("service", .text, required: true, example: "acm", "The service, as signatures name it."),
            ]), "AWS Signature Version 4."),
        .init(
            "clientCertificate", .secret,
            "Certificate, chain and key in one PEM text: shown in the TLS handshake. It may stand beside another way."),
    ]

    private static let others: [OptionSchema.Field] = [
        .init(
            "login", .list(.group(RequestSchema.plain)), role: .manner,
            "Sent before all others: what they `extract` is secret and named `{{value.NAME}}` later."),
        .init(
            "logout", .list(.group(RequestSchema.plain)), role: .manner,
            "Sent after all others, so that sessions do not pile up on the server; its failures harm nobody."),
        .init(
            "inspect", .list(.group(RequestSchema.looking)), role: .manner,
            "What reads the certificate back, and changes nothing. One of them says where it stands: `certificate`."),
        .init(
            "undo", .list(.group(RequestSchema.plain)), role: .manner,
            "What goes back to the version before, named by `{{previous.serial}}`, `{{previous.number}}` and "
                + "`{{previous.fingerprint}}`. Without it the version before is published again."),
        .init(
            "sweep", .list(.group(RequestSchema.plain)), role: .manner,
            "What removes a replaced version: `{{old.serial}}`, `{{old.number}}`, `{{old.fingerprint}}`."),
        .init(
            "withdraw", .list(.group(RequestSchema.plain)), role: .manner,
            "What removes the certificate altogether, on request."),
        .init(
            "keep", .integer(0...100), role: .manner, example: "5", "How many old versions `sweep` leaves; default 5."
        ),
    ]
}

/// What one request may say.
enum RequestSchema {
    static let plain: [OptionSchema.Field] = [
        .init("name", .text, role: .manner, example: "import", "What messages call it; default: its number."),
        .init(
            "method", .choice(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]), example: "PUT", "Default `GET`."),
        .init("path", .template, required: true, example: "/v1/{{target.place}}", "Behind `server`; begins with `/`."),
        .init("query", .map(.template), example: "{force: \"true\"}", "What stands behind `?`, encoded for it."),
        .init("headers", .map(.template), example: "{If-Match: \"{{value.etag}}\"}", "What it says besides `headers`."),
        .init("json", .json, "The body, as JSON in the form of YAML."),
        .init("form", .map(.template), "The body, as fields of a form."),
        .init(
            "multipart",
            .list(
                .group([
                    .init("name", .text, required: true, "The field's name."),
                    .init("value", .template, required: true, "What it holds."),
                    .init("fileName", .text, "Where it is a file: its name."),
                    .init("contentType", .text, "What it is."),
                ])), "The body, in parts (RFC 7578)."),
        .init("body", .template, example: "\"{{content.chain}}\"", "The body as it stands."),
        .init(
            "expect", .list(.integer(200...599)), role: .manner, example: "[200, 201]",
            "The statuses that are good; default: from 200 to 299."),
        .init(
            "contains", .text, role: .manner, example: "status=\"success\"",
            "Text that a good answer has in it, for servers that answer 200 to what failed."),
        .init(
            "busyContains", .list(.text), role: .manner, example: "[ThrottlingException]",
            "Text by which an answer of 400 or more says that the server is only busy: it is asked again later."),
        .init(
            "deniedContains", .list(.text), role: .manner, example: "[ExpiredTokenException]",
            "Text by which an answer of 400 or more says that it does not accept who asks."),
        .init(
            "idempotent", .flag, role: .manner, example: "true",
            "Whether doing it twice is like doing it once, so that it may be sent again where an answer was lost. "
                + "Default: with GET, HEAD, PUT, DELETE, and with an Idempotency-Key header."),
        .init(
            "extract",
            .map(
                .group(
                    source + [
                        .init(
                            "keep", .flag, "Whether it is known at the next publication to this target too; default no."
                        ),
                        .init("secret", .flag, "Whether it is never shown; default no, in `login` yes."),
                    ])), role: .manner, example: "{etag: {header: ETag}}",
            "What later requests name as `{{value.NAME}}`, and where the answer has it."),
        .init("timeout", .duration(1...600), role: .manner, "For this request; default: as for all."),
    ]

    static let changing =
        plain + [
            .init(
                "poll",
                .group([
                    .init("until", .group(condition), required: true, "What an answer says when it is done."),
                    .init("failed", .group(condition), "What an answer says when it can't be done any more."),
                    .init("every", .duration(1...600), "How often it is asked; default 2s."),
                    .init("within", .duration(1...3600), "How long; default 2m."),
                ]), role: .manner, "Asks again and again until something is done; only with GET.")
        ]

    static let looking =
        plain + [
            .init(
                "absent", .list(.integer(200...599)), example: "[404]",
                "The statuses that mean that nothing is there yet."),
            .init(
                "absentContains", .text, example: "ResourceNotFoundException",
                "Text that such an answer has in it, where its status alone means other things too."),
            .init("certificate", .group(source), "Where the certificate stands: PEM, DER, or either in Base64."),
        ]

    private static let source: [OptionSchema.Field] = [
        .init("pointer", .text, example: "/data/id", "A place in a JSON answer (RFC 6901)."),
        .init(
            "within", .text, example: "/certificate",
            "With `pointer`: what stands there is text that is JSON itself, and this is a place in it."),
        .init("header", .text, example: "ETag", "A header of the answer."),
        .init("cookie", .text, example: "SESSION", "A cookie that the answer sets."),
        .init("body", .flag, example: "true", "The whole body."),
    ]

    private static let condition: [OptionSchema.Field] = [
        .init("pointer", .text, required: true, example: "/status", "A place in a JSON answer (RFC 6901)."),
        .init("equals", .list(.text), required: true, example: "[done]", "What stands there: one of these."),
    ]
}

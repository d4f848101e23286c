import Automation

/// The page of one certificate, and what people do to it by hand.
enum CertificatePageRoutes {
    static let acts: [HandAct] = [
        .renew, .publish, .wait, .rollBack, .prove, .rehearse, .pause, .resume, .revoke, .revoked, .exportKey, .delete,
    ]

    static let routes: [Route] =
        [
            .page(.get, "/certificates/{name}", .right(.read)) { exchange in
                let context = try await CertificatePage(exchange).context
                return try await Page(exchange).reply("certificate", context, current: "/certificates")
            },
            .page(.get, "/certificates/{name}/events", .right(.read)) { exchange in
                try await CertificateStream.reply(exchange)
            },
            .page(.get, "/certificates/{name}/explain", .right(.read)) { exchange in
                let context = try await CertificateExplain(exchange).context
                return try await Page(exchange).reply("explain", context, current: "/certificates")
            },
            HandAct.publicFile,
        ] + CertificateEditing.routes + acts.flatMap(\.routes)
}

/// All that programs can ask for.
enum APIRoutes {
    static let routes: [Route] =
        (DocumentAPI.routes + CertificateAPI.routes + ActAPI.routes + RevocationAPI.routes + RehearsalAPI.routes
        + ChangeAPI.routes + FlowAPI.routes
        + MaterialAPI.routes + ProfileAPI.routes + TargetAPI.routes + EventAPI.routes + AccountAPI.routes
        + OwnAPI.routes + SecretAPI.routes).map(\.guarded)
}

/// The description of the API itself.
enum DocumentAPI {
    private static let text = Result { try OpenAPIDocument(RouteTable.routes(Metrics())).document }

    static let routes: [Route] = [
        .api(
            .get, "/openapi.json", .signedIn,
            APIShape("document", "This document.", answers: "OpenAPI")
        ) { _ in try .json(try text.get()) }
    ]
}

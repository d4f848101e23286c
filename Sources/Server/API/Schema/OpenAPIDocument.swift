/// The description of the API (OpenAPI 3.1), made of the table of routes.
struct OpenAPIDocument {
    let document: JSONValue

    init(_ routes: [Route], version: String = "1") throws {
        var paths: [String: [String: JSONValue]] = [:]
        for route in routes where route.kind == .api {
            guard let shape = route.api else { continue }
            paths[route.path, default: [:]][route.method.rawValue.lowercased()] = Self.operation(route, shape)
        }
        var schemas = APISchemas.taken
        for (name, type) in APISchemas.answers { schemas[name] = try Self.schema(type) }
        document = .object([
            "openapi": .text("3.1.0"),
            "info": .object([
                "title": .text("certflow"), "version": .text(version),
                "description": .text(
                    "Refusals are problem documents (RFC 9457) with a stable `code` and a `remedy`. Lists come in pages: "
                        + "`next` of one is `after` of the next. What is changed as a whole is read with an ETag and "
                        + "changed under If-Match. Acts take an Idempotency-Key, kept for a day."),
            ]),
            "servers": .list([.object(["url": .text("/")])]),
            "paths": .object(paths.mapValues { .object($0) }),
            "components": .object([
                "schemas": .object(schemas), "responses": .object(["Problem": Self.problem]),
                "securitySchemes": .object([
                    "token": .object([
                        "type": .text("http"), "scheme": .text("bearer"),
                        "description": .text("A token, as Settings or `certflow token issue` makes it."),
                    ]),
                    "session": .object([
                        "type": .text("apiKey"), "in": .text("cookie"), "name": .text(SessionCookie.name),
                        "description": .text(
                            "A session in a browser; changes also bear X-Certflow-Csrf, as /me tells it."),
                    ]),
                ]),
            ]),
        ])
    }

    private static func schema<Form: Decodable>(_ type: Form.Type) throws -> JSONValue {
        try SchemaReader.schema(of: type)
    }

    private static let problem = JSONValue.object([
        "description": .text("Why it is not done."),
        "content": .object(["application/problem+json": .object(["schema": reference("Problem")])]),
    ])

    private static func reference(_ schema: String) -> JSONValue {
        .object(["$ref": .text("#/components/schemas/\(schema)")])
    }

    // MARK: Operations

    private static func operation(_ route: Route, _ shape: APIShape) -> JSONValue {
        var operation: [String: JSONValue] = [
            "operationId": .text(name(route)), "summary": .text(shape.summary), "tags": .list([.text(shape.tag)]),
            "parameters": .list(parameters(route, shape)), "responses": .object(responses(route, shape)),
            "security": .list(
                route.access == .anyone
                    ? [] : [.object(["token": .list([])]), .object(["session": .list([])])]),
        ]
        switch route.access {
        case .anyone, .signedIn: break
        case .session: operation["x-right"] = .text("session")
        case .right(let right): operation["x-right"] = .text(right.rawValue)
        }
        if route.changes, let takes = route.takes, !takes.isEmpty { operation["requestBody"] = body(takes) }
        return .object(operation)
    }

    /// "get-certificates-name-flow"
    private static func name(_ route: Route) -> String {
        let parts = route.path.split(separator: "/").dropFirst(2).map { part in
            part.filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." }
        }
        return ([route.method.rawValue.lowercased()] + parts).joined(separator: "-")
    }

    private static func parameters(_ route: Route, _ shape: APIShape) -> [JSONValue] {
        var parameters = route.parameterNames.map { name in
            JSONValue.object([
                "name": .text(name), "in": .text("path"), "required": .flag(true), "schema": schema(name, .text),
            ])
        }
        for field in shape.query + (shape.isPage ? [Exchange.limit, Exchange.after] : []) {
            parameters.append(
                .object([
                    "name": .text(field.name), "in": .text("query"), "required": .flag(field.isRequired),
                    "description": .text(field.about), "schema": schema(field.name, field.kind),
                ]))
        }
        if shape.isVersioned, route.changes {
            parameters.append(
                header(
                    "If-Match",
                    "The ETag of what was read; without it the change is refused (428), with another too (412)."))
        }
        if shape.isAct {
            parameters.append(
                header("Idempotency-Key", "A random text: an act that is sent again under it is not done again."))
        }
        return parameters
    }

    private static func header(_ name: String, _ about: String) -> JSONValue {
        .object([
            "name": .text(name), "in": .text("header"), "required": .flag(false), "description": .text(about),
            "schema": .object(["type": .text("string")]),
        ])
    }

    private static func schema(_ name: String, _ kind: APIField.Kind) -> JSONValue {
        switch kind {
        case .text: .object(["type": .text("string")])
        case .flag: .object(["type": .text("boolean")])
        case .integer:
            name == "limit"
                ? .object(["type": .text("integer"), "minimum": .number(1), "maximum": .number(500)])
                : .object(["type": .text("integer")])
        case .texts, .files: .object(["type": .text("array"), "items": .object(["type": .text("string")])])
        case .choice(let words): .object(["type": .text("string"), "enum": .list(words.map { .text($0) })])
        case .object(let name): reference(name)
        }
    }

    private static func body(_ takes: [APIField]) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for field in takes {
            var schema = schema(field.name, field.kind)
            if case .object(var object) = schema, object["$ref"] == nil, !field.about.isEmpty {
                object["description"] = .text(field.about)
                schema = .object(object)
            }
            properties[field.name] = schema
        }
        let required = takes.filter(\.isRequired).map(\.name)
        var object: [String: JSONValue] = [
            "type": .text("object"), "properties": .object(properties), "additionalProperties": .flag(false),
        ]
        if !required.isEmpty { object["required"] = .list(required.map { .text($0) }) }
        return .object([
            "required": .flag(!required.isEmpty),
            "content": .object(["application/json": .object(["schema": .object(object)])]),
        ])
    }

    // MARK: Answers

    /// What any route may refuse with; 502 comes from a backend, 503 from the database.
    static let refusals = [400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 502, 503]

    private static func responses(_ route: Route, _ shape: APIShape) -> [String: JSONValue] {
        var responses: [String: JSONValue] = [:]
        for status in refusals + (shape.isVersioned && route.changes ? [412, 428] : []) {
            responses[String(status)] = .object(["$ref": .text("#/components/responses/Problem")])
        }
        var answer: [String: JSONValue] = ["description": .text(shape.status == 204 ? "Done." : "The answer.")]
        if let type = shape.type {
            answer["content"] = .object([type: .object([:])])
        } else if let name = shape.answers {
            let schema = shape.isPage ? page(name, shape.beside) : reference(name)
            answer["content"] = .object(["application/json": .object(["schema": schema])])
        }
        if shape.isVersioned, shape.answers != nil {
            answer["headers"] = .object([
                "ETag": .object([
                    "description": .text("What If-Match says for a change."),
                    "schema": .object(["type": .text("string")]),
                ])
            ])
        }
        responses[String(shape.status)] = .object(answer)
        return responses
    }

    private static func page(_ item: String, _ beside: [String: String]) -> JSONValue {
        var properties: [String: JSONValue] = [
            "next": .object([
                "type": .text("string"), "description": .text("What `after` takes; absent on the last page."),
            ])
        ]
        let lists = beside.merging(["items": item]) { first, _ in first }
        for (name, item) in lists {
            properties[name] = .object(["type": .text("array"), "items": reference(item)])
        }
        return .object([
            "type": .text("object"), "required": .list(lists.keys.sorted().map { .text($0) }),
            "additionalProperties": .flag(false), "properties": .object(properties),
        ])
    }
}

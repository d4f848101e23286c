import Foundation
import Testing

@testable import Server

@Suite("the description of the API")
struct OpenAPITests {
    private static let routes = RouteTable.routes(Metrics()).filter { $0.kind == .api }

    @Test("it lists every route of the API with its method, and nothing else")
    func listsRoutes() throws {
        let document = try OpenAPIDocument(Self.routes).document
        var listed: Set<String> = []
        for (path, operations) in document["paths"].members {
            for method in operations.members.keys { listed.insert("\(method.uppercased()) \(path)") }
        }
        #expect(listed == Set(Self.routes.map { "\($0.method.rawValue) \($0.path)" }))
        #expect(listed.count > 60)
    }

    @Test("every schema that is referred to is there, and every one of an answer is used")
    func references() throws {
        let document = try OpenAPIDocument(Self.routes).document
        let text = String(decoding: try JSONEncoder().encode(document), as: UTF8.self)
            .replacingOccurrences(of: "\\/", with: "/")
        let schemas = Set(document["components"]["schemas"].members.keys)
        let used = Set(
            text.components(separatedBy: "#/components/schemas/").dropFirst().compactMap {
                $0.split(separator: "\"").first.map(String.init)
            })
        #expect(used.subtracting(schemas) == [])
        #expect(schemas.subtracting(used) == [])
    }

    @Test("names of operations are their own")
    func operationNames() throws {
        let document = try OpenAPIDocument(Self.routes).document
        let names = document["paths"].members.values.flatMap {
            $0.members.values.compactMap { $0["operationId"].string }
        }
        #expect(Set(names).count == names.count)
        #expect(names.count == Self.routes.count)
    }

    @Test("a form's schema says which members are always there and which may be absent")
    func schemaOfForm() throws {
        let schema = try SchemaReader.schema(of: TokenForm.self)
        #expect(schema["properties"].members.count == 8)
        #expect(schema["properties"]["usedAt"]["type"].string == "string")
        #expect(schema["properties"]["scope"]["additionalProperties"]["type"].string == "string")
        guard case .list(let required) = schema["required"] else {
            Issue.record("no list of required members")
            return
        }
        #expect(!required.contains(.text("usedAt")) && required.contains(.text("role")))
        guard case .list(let roles) = schema["properties"]["role"]["enum"] else {
            Issue.record("no roles")
            return
        }
        #expect(roles.count == Role.allCases.count)
    }

    @Test("who signed in may read it, nobody else")
    func served() async throws {
        try await ServedHouse.withServing { served in
            let reader = try await served.client(.viewer)
            let answer = try await reader.get("/api/v1/openapi.json")
            #expect(answer.status == 200)
            #expect(answer.value["openapi"].string == "3.1.0")
            #expect(try await served.client.get("/api/v1/openapi.json").status == 401)
        }
    }
}

import PluginKit

extension ShownOptions: SchemaDescribed {
    static var schema: JSONValue { .object([:]) }
    static var sample: ShownOptions { .flag(false) }
}

extension CheckReport.Finding.Weight: SchemaDescribed {
    static var schema: JSONValue {
        .object(["type": .text("string"), "enum": .list(["fact", "warning", "problem"].map { .text($0) })])
    }
    static var sample: Self { .fact }
}

extension JSONValue: SchemaDescribed {
    static var schema: JSONValue { .object([:]) }
    static var sample: JSONValue { .null }
}

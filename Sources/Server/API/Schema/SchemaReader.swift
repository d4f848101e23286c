/// A type whose schema is said, not read from how it decodes.
protocol SchemaDescribed: Decodable {
    static var schema: JSONValue { get }
    static var sample: Self { get }
}

/// Draws the JSON schema of a type from the way it decodes itself, so that forms and their schemas never differ.
enum SchemaReader {
    static func schema<Form: Decodable>(of type: Form.Type) throws -> JSONValue { try read(type).schema }

    /// - Returns: the schema, and any value of the type.
    static func read<Form: Decodable>(_ type: Form.Type) throws -> (schema: JSONValue, sample: Form) {
        if let described = type as? any SchemaDescribed.Type, let sample = described.anySample as? Form {
            return (described.schema, sample)
        }
        if let choices = type as? any CaseIterable.Type, let (schema, first) = cases(choices),
            let sample = first as? Form
        {
            return (schema, sample)
        }
        let decoder = SchemaDecoder()
        let sample = try Form(from: decoder)
        if type is any TextKeyed.Type, case .object(let object) = decoder.schema,
            case .object(let properties)? = object["properties"]
        {
            return (
                .object(["type": .text("object"), "additionalProperties": properties.values.first ?? .flag(true)]),
                sample
            )
        }
        return (decoder.schema, sample)
    }

    private static func cases<Choices: CaseIterable>(_ type: Choices.Type) -> (JSONValue, Any)? {
        let texts = Choices.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
        guard let first = Choices.allCases.first, texts.count == Choices.allCases.count else { return nil }
        return (.object(["type": .text("string"), "enum": .list(texts.map { .text($0) })]), first)
    }
}

extension SchemaDescribed {
    fileprivate static var anySample: Any { sample }
}

/// Dictionaries, whose keys are no part of the schema.
private protocol TextKeyed {}
extension Dictionary: TextKeyed where Key == String {}

/// Notes what is asked of it, and answers with whatever fits.
private final class SchemaDecoder: Decoder {
    let codingPath: [any CodingKey] = []
    let userInfo: [CodingUserInfoKey: Any] = [:]
    private(set) var schema = JSONValue.object([:])

    fileprivate var properties: [String: JSONValue] = [:] { didSet { note() } }
    fileprivate var required: Set<String> = [] { didSet { note() } }

    private func note() {
        var object: [String: JSONValue] = [
            "type": .text("object"), "properties": .object(properties), "additionalProperties": .flag(false),
        ]
        if !required.isEmpty { object["required"] = .list(required.sorted().map { .text($0) }) }
        schema = .object(object)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        note()
        return KeyedDecodingContainer(Keyed<Key>(decoder: self))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { Unkeyed(decoder: self) }

    func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

    fileprivate func single(_ type: String) { schema = .object(["type": .text(type)]) }
    fileprivate func items(_ items: JSONValue) {
        schema = .object(["type": .text("array"), "items": items])
    }
    fileprivate func whole(_ schema: JSONValue) { self.schema = schema }

    struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let decoder: SchemaDecoder
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { [Key(stringValue: "key")].compactMap { $0 } }
        func contains(_ key: Key) -> Bool { true }
        func decodeNil(forKey key: Key) -> Bool { false }

        private func take<Form: Decodable>(_ type: Form.Type, _ key: Key, isRequired: Bool = true) throws -> Form {
            let (schema, sample) = try SchemaReader.read(type)
            decoder.properties[key.stringValue] = schema
            if isRequired { decoder.required.insert(key.stringValue) }
            return sample
        }

        func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try take(type, key) }
        func decode(_ type: String.Type, forKey key: Key) throws -> String { try take(type, key) }
        func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try take(type, key) }
        func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try take(type, key) }
        func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try take(type, key) }
        func decode<Form: Decodable>(_ type: Form.Type, forKey key: Key) throws -> Form { try take(type, key) }

        func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try note(type, key) }
        func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try note(type, key) }
        func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try note(type, key) }
        func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try note(type, key) }
        func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try note(type, key) }
        func decodeIfPresent<Form: Decodable>(_ type: Form.Type, forKey key: Key) throws -> Form? {
            try note(type, key)
        }

        private func note<Form: Decodable>(_ type: Form.Type, _ key: Key) throws -> Form? {
            _ = try take(type, key, isRequired: false)
            return nil
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { SchemaDecoder().container(keyedBy: type) }
        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            SchemaDecoder().unkeyedContainer()
        }
        func superDecoder() throws -> any Decoder { SchemaDecoder() }
        func superDecoder(forKey key: Key) throws -> any Decoder { SchemaDecoder() }
    }

    /// Holds one item.
    struct Unkeyed: UnkeyedDecodingContainer {
        let decoder: SchemaDecoder
        var codingPath: [any CodingKey] { [] }
        var count: Int? { 1 }
        var isAtEnd: Bool { currentIndex > 0 }
        var currentIndex = 0

        mutating func decodeNil() -> Bool { false }
        mutating func decode<Form: Decodable>(_ type: Form.Type) throws -> Form {
            let (schema, sample) = try SchemaReader.read(type)
            decoder.items(schema)
            currentIndex += 1
            return sample
        }
        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> { SchemaDecoder().container(keyedBy: type) }
        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            SchemaDecoder().unkeyedContainer()
        }
        mutating func superDecoder() throws -> any Decoder { SchemaDecoder() }
    }

    struct Single: SingleValueDecodingContainer {
        let decoder: SchemaDecoder
        var codingPath: [any CodingKey] { [] }

        func decodeNil() -> Bool { false }
        func decode(_ type: Bool.Type) -> Bool { decoder.single("boolean"); return false }
        func decode(_ type: String.Type) -> String { decoder.single("string"); return "" }
        func decode(_ type: Double.Type) -> Double { decoder.single("number"); return 0 }
        func decode(_ type: Float.Type) -> Float { decoder.single("number"); return 0 }
        func decode(_ type: Int.Type) -> Int { decoder.single("integer"); return 0 }
        func decode(_ type: Int8.Type) -> Int8 { decoder.single("integer"); return 0 }
        func decode(_ type: Int16.Type) -> Int16 { decoder.single("integer"); return 0 }
        func decode(_ type: Int32.Type) -> Int32 { decoder.single("integer"); return 0 }
        func decode(_ type: Int64.Type) -> Int64 { decoder.single("integer"); return 0 }
        func decode(_ type: UInt.Type) -> UInt { decoder.single("integer"); return 0 }
        func decode(_ type: UInt8.Type) -> UInt8 { decoder.single("integer"); return 0 }
        func decode(_ type: UInt16.Type) -> UInt16 { decoder.single("integer"); return 0 }
        func decode(_ type: UInt32.Type) -> UInt32 { decoder.single("integer"); return 0 }
        func decode(_ type: UInt64.Type) -> UInt64 { decoder.single("integer"); return 0 }
        func decode<Form: Decodable>(_ type: Form.Type) throws -> Form {
            let (schema, sample) = try SchemaReader.read(type)
            decoder.whole(schema)
            return sample
        }
    }
}

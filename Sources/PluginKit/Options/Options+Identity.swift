import Foundation

extension Options {
    /// The rendered form that decides whether a target already holds what it should: everything but the manner, with
    /// the artifacts' digests in place of their bytes. Stable over processes; the host hashes it.
    public func canonicalForm(_ schema: OptionSchema, artifacts: [Artifact]) -> Data {
        var form = Data()
        write(schema.fields, artifacts.map(\.digest), &form)
        return form
    }

    /// What is reached, for limits per target: the values of the fields with role `target`.
    public func targetKey(_ schema: OptionSchema) -> String {
        var form = Data()
        write(schema.fields.filter { $0.role == .target }, [], &form)
        return String(decoding: form, as: UTF8.self)
    }

    /// The places that are written, one for each item of a list of groups with a field of role `place`: two flows may
    /// not share one. Compared after rendering.
    public func places(_ schema: OptionSchema) -> [String] {
        let base = schema.fields.compactMap { field -> String? in
            guard field.role == .place || field.role == .target else { return nil }
            guard let text = text(field.name) else { return integer(field.name).map(String.init) }
            return field.shape == .path ? OptionText.normalized(path: text) : text
        }
        let stem = base.joined(separator: " ")
        var places: [String] = []
        for field in schema.fields {
            guard case .list(.group(let inner)) = field.shape, inner.contains(where: { $0.role == .place }) else {
                continue
            }
            for item in groups(field.name) {
                let names = inner.filter { $0.role == .place }.compactMap { item.text($0.name) }
                places.append(stem + "/" + names.joined(separator: "/"))
            }
        }
        return places.isEmpty && schema.fields.contains { $0.role == .place } ? [stem] : places
    }

    private func write(_ fields: [OptionSchema.Field], _ digests: [Data], _ form: inout Data) {
        for field in fields where field.role != .manner {
            guard let value = values[field.name] else { continue }
            Self.write(text: field.name, &form)
            Self.write(value, field.shape, digests, &form)
        }
    }

    private static func write(
        _ value: Value, _ shape: OptionSchema.Shape, _ digests: [Data], _ form: inout Data
    ) {
        switch (value, shape) {
        case (.text(let text), _): write(text: text, &form)
        case (.integer(let number), _): write(text: String(number), &form)
        case (.flag(let flag), _): write(text: flag ? "true" : "false", &form)
        case (.duration(let duration), _): write(text: "\(duration.components.seconds)s", &form)
        case (.artifact(let index, let content), _):
            write(text: content.rawValue, &form)
            let digest = digests.indices.contains(index) ? digests[index] : Data()
            write(text: digest.base64EncodedString(), &form)
        case (.template(let text), _): write(text: text.identity, &form)
        case (.json(let json), _): write(text: json.identity, &form)
        case (.group(let options), .map(let element)):
            write(text: "{\(options.values.count)", &form)
            for (key, value) in options.values.sorted(by: { $0.key < $1.key }) {
                write(text: key, &form)
                write(value, element, digests, &form)
            }
        case (.list(let items), .list(let element)):
            write(text: "[\(items.count)", &form)
            for item in items { write(item, element, digests, &form) }
        case (.group(let options), .group(let fields)):
            write(text: "{", &form)
            options.write(fields, digests, &form)
            write(text: "}", &form)
        default: write(text: "-", &form)  // secrets are manner: they never take part
        }
    }

    private static func write(text: String, _ form: inout Data) {
        form.append(contentsOf: Array("\(text.utf8.count):".utf8))
        form.append(contentsOf: Array(text.utf8))
    }
}

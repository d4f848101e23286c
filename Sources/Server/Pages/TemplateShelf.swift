import Foundation
import Mustache

/// The templates, parsed once. They are compiled into the program.
enum TemplateShelf {
    /// - Throws: for a template that can't be parsed: a slip of ours, found by the first test.
    static let library: Result<MustacheLibrary, any Error> = Result {
        MustacheContentTypes.register(MarkupContent(), named: MarkupContent.name)
        var templates: [String: MustacheTemplate] = [:]
        for (name, bytes) in TemplateList.all {
            let text = "{{% CONTENT_TYPE:\(MarkupContent.name)}}\n" + String(decoding: bytes, as: UTF8.self)
            templates[name] = try MustacheTemplate(string: text)
        }
        return MustacheLibrary(templates: templates)
    }

    static func render(_ name: String, _ context: [String: Any]) throws -> String {
        guard let text = try library.get().render(TemplateContent(values: context), withTemplate: name) else {
            throw UnknownTemplate(name: name)
        }
        return text
    }

    struct UnknownTemplate: Error { let name: String }
}

/// Style sheet, scripts and pictures.
enum AssetShelf {
    struct Asset: Sendable {
        let type: String
        let bytes: [UInt8]
    }

    static func asset(_ name: String) -> Asset? {
        guard let bytes = TemplateList.assets[name] else { return nil }
        let types = ["css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"]
        guard let type = name.split(separator: ".").last.flatMap({ types[String($0)] }) else { return nil }
        return Asset(type: type, bytes: bytes)
    }

    /// Differs where any of them does: goes into their addresses, so that no browser keeps an old one.
    static let build: String = {
        var digest: UInt64 = 0xcbf2_9ce4_8422_2325
        for name in TemplateList.assets.keys.sorted() {
            for byte in TemplateList.assets[name] ?? [] { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        return String(digest, radix: 36)
    }()
}

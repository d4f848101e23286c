import Automation
import Foundation
import Testing

@testable import Server

#if canImport(FoundationXML)
import FoundationXML
#endif

@Suite("the time line of a year")
struct YearTimeLineTests {
    /// Counts elements, and keeps texts and attributes.
    final class Reader: NSObject, XMLParserDelegate {
        var classes: [String: Int] = [:]
        var attributes: Set<String> = []
        var elements: Set<String> = []
        var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes found: [String: String]
        ) {
            elements.insert(name)
            attributes.formUnion(found.keys)
            if let style = found["class"] { classes[style, default: 0] += 1 }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }

    static func read(_ svg: String) -> Reader? {
        let reader = Reader()
        let parser = XMLParser(data: Data(svg.utf8))
        parser.delegate = reader
        return parser.parse() ? reader : nil
    }

    @Test("it is well-formed XML without style or script, whatever a flow says", arguments: FlowDraftTests.flows)
    func wellFormed(flow: Flow) throws {
        let reader = try #require(Self.read(YearTimeLine(FlowSamples.preview(flow)).svg))
        #expect(reader.attributes.isDisjoint(with: ["style", "onload", "onclick", "href"]))
        #expect(
            reader.elements.isSubset(of: ["svg", "title", "desc", "defs", "pattern", "line", "rect", "text", "circle"]))
    }

    @Test("hostile names are text and nothing else")
    func hostile() throws {
        let hostile = "</title><script>alert(1)</script>\"'&\u{0}\u{8}]]>\u{202E}"
        var preview = FlowSamples.preview()
        preview.certificate = hostile
        preview.input.targets[0].name = hostile
        for index in preview.runs.indices where preview.runs[index].target == "nginx-fleet/web-1" {
            preview.runs[index].target = hostile
        }
        let svg = YearTimeLine(preview).svg
        #expect(!svg.contains("<script"))
        let reader = try #require(Self.read(svg))
        #expect(reader.text.contains("</title><script>alert(1)</script>"))
        #expect(!reader.elements.contains("script"))
    }

    @Test("each run, version, served stretch and gap is there, with a title")
    func complete() throws {
        let flow = FlowPreviewTests.flow { $0.publishOn = .afterPreviousExpiry }
        let preview = FlowSamples.preview(flow)
        let reader = try #require(Self.read(YearTimeLine(preview).svg))
        #expect(reader.classes["renew"] == preview.renewals)
        #expect(reader.classes["publish"] == preview.publications)
        #expect(reader.classes["gap"] == preview.outages)
        #expect(reader.classes["gaphatch"] == preview.outages)
        #expect(reader.classes["live"] == preview.lives.count)
        #expect(reader.classes["serve"] == preview.publications / 2 + 1, "of one of two targets, and what it holds now")
        #expect(
            reader.classes["open"] == 105 || reader.classes["open"] == 104 || reader.classes["open"] == 52, "weekends")
        #expect(reader.text.contains("Gap: Mon 7 Dec 2026 22:42 to Sat 12 Dec 2026 00:00, 4 d 1 h"))
        #expect(reader.text.contains("Version 7 served by nginx-fleet/web-1"))
    }
}

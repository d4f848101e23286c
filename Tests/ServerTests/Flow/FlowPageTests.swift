import Automation
import Foundation
import Mustache
import Runner
import Storage
import Testing

@testable import Server

@Suite("the page of a flow")
struct FlowPageTests {
    static func page(
        tab: FlowTab = .renovation, isSaving: Bool = false, _ change: (inout FlowDraft) -> Void = { _ in }
    ) async throws -> FlowPage {
        let house = try await FlowHouse()
        let overview = try await house.overview()
        var draft = FlowDraft(overview.certificate.flow, revision: overview.certificate.revision)
        change(&draft)
        var page = try await FlowPage.make(
            draft, of: overview, tab: tab, maySave: true, foresight: Foresight(house.outside), desk: house.desk,
            profiles: FlowSamples.profiles, events: [], now: FlowSamples.now)
        page.isSaving = isSaving
        return page
    }

    /// The names of a context, those of its parts with a point; of lists the first item's.
    static func names(_ value: Any, _ prefix: String = "") -> Set<String> {
        if let group = value as? [String: Any] {
            return group.reduce(into: []) { names, entry in
                names.insert(prefix + entry.key)
                names.formUnion(Self.names(entry.value, "\(prefix)\(entry.key)."))
            }
        }
        if let first = (value as? [Any])?.first { return names(first, prefix) }
        return []
    }

    static func fixture(_ name: String) throws -> [String: Any] {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appending(path: "Fixtures/pages/\(name).json"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// Filled in by the frame around the page.
    static let frame: Set<String> = ["pageTitle", "crumbs", "csrf", "frame", "template"]

    @Test("it fills in every field that the templates' contract names", arguments: ["flow", "flow.review"])
    func contract(fixture: String) async throws {
        let page = try await Self.page(tab: fixture == "flow" ? .renovation : .review) {
            $0.publishOn = PublishOn.afterPreviousExpiry.rawValue
            $0.days = "30"
            $0.renewal = "yes"
        }
        let wanted = Self.names(try Self.fixture(fixture)).filter { name in
            !Self.frame.contains { name == $0 || name.hasPrefix("\($0).") }
        }
        let missing = wanted.subtracting(Self.names(page.context))
        #expect(missing == [])
    }

    @Test("the templates render it, and what people wrote is escaped")
    func renders() async throws {
        let page = try await Self.page(tab: .review) { $0.reason = "<script>alert(1)</script>" }
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/Server/Templates")
        var templates: [String: MustacheTemplate] = [:]
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        where file.pathExtension == "mustache" {
            let text = try String(contentsOf: file, encoding: .utf8)
            templates[file.deletingPathExtension().lastPathComponent] = try MustacheTemplate(string: text)
        }
        let library = MustacheLibrary(templates: templates)
        let text = try #require(library.render(page.context, withTemplate: "flow"))
        #expect(text.contains("&lt;script&gt;alert(1)&lt;/script&gt;"))
        #expect(!text.contains("<script>alert"))
        #expect(text.contains("Next five runs") && text.contains("<svg viewBox=\"0 0 1164 214\""))
        let fragment = try #require(library.render(page.fragment, withTemplate: "flow-forecast"))
        #expect(fragment.contains("Renew") || fragment.contains("renew to version 2"))
    }

    @Test("errors are told as a summary once saving was tried, each with the element it is at")
    func errors() async throws {
        let page = try await Self.page(tab: .publishing, isSaving: true) {
            $0.window.periods = []
            $0.profiles = ["torn"]
        }
        #expect(!page.isReady)
        let errors = try #require(page.context["errors"] as? [FlowPage.Context])
        #expect(errors.compactMap { $0["id"] as? String } == ["profile-1", "window-period"])
        #expect(page.context["errorsTitle"] as? String == "The flow is not saved: 2 errors")
        let window = try #require(page.context["window"] as? FlowPage.Context)
        #expect(window["hasPeriodError"] as? Bool == true)
        #expect(page.confirmWords == "2 errors to correct")
    }

    @Test("it can be saved once every warning is confirmed")
    func ready() async throws {
        let asked = try await Self.page { $0.publishOn = PublishOn.afterPreviousExpiry.rawValue }
        #expect(!asked.isReady)
        let ids = asked.preview.unconfirmed(asked.draft).map(\.id)
        #expect(!ids.isEmpty)
        let confirmed = try await Self.page {
            $0.publishOn = PublishOn.afterPreviousExpiry.rawValue
            $0.confirmed = ids
        }
        #expect(confirmed.isReady)
    }

    @Test("what saving causes is told before, target by target")
    func causes() async throws {
        let page = try await Self.page(tab: .review) { $0.profiles = ["haproxy-edge"] }
        // The window opens on Saturday.
        #expect(page.causes.publications == ["haproxy-edge/lb gets version 1 Sat 28 Nov 00:00"])
        #expect(page.causes.released == ["nginx-fleet/web-1", "nginx-fleet/web-2"])
        let notes = try #require(page.review["warnings"] as? [FlowPage.Context])
        let titles = notes.compactMap { $0["title"] as? String }
        #expect(titles.contains("Saving publishes.") && titles.contains("No longer published to."))
        #expect(try await Self.page().causes.isEmpty)
    }

    @Test("publications of one version at one moment are one step")
    func steps() throws {
        let steps = FlowSamples.preview().steps
        let publication = try #require(steps.first { $0.first.stage == .publication })
        #expect(publication.targets == ["nginx-fleet/web-1", "nginx-fleet/web-2"])
        #expect(publication.places == "nginx-fleet/web-1 and nginx-fleet/web-2")
        #expect(steps.flatMap(\.targets).count == FlowSamples.preview().publications)
    }
}

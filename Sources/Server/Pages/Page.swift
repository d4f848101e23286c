import Automation
import Foundation
import HTTPTypes

/// Renders templates into whole pages: adds what stands on all of them.
struct Page {
    let house: House
    let visitor: Principal?

    init(_ house: House, _ visitor: Principal?) {
        self.house = house
        self.visitor = visitor
    }

    init(_ exchange: Exchange) { self.init(exchange.house, exchange.visitor) }

    /// - Parameter current: the address of the navigation's entry that the page belongs to.
    func reply(
        _ template: String, _ context: [String: Any], current: String = "", status: HTTPResponse.Status = .ok
    ) async throws -> Reply {
        var whole = context
        whole["frame"] = try await Frame(house, visitor).context(current: current)
        whole["csrf"] = visitor?.csrf ?? ""
        return .html(try TemplateShelf.render(template, whole), status: status)
    }

    /// A part of a page, for a script that puts it in its place.
    func fragment(_ template: String, _ context: [String: Any]) throws -> Reply {
        var whole = context
        whole["csrf"] = visitor?.csrf ?? ""
        return .html(try TemplateShelf.render(template, whole))
    }
}

/// Breadcrumbs: labels with addresses; the last one is the page itself.
enum Crumbs {
    static func to(_ trail: (label: String, href: String)...) -> [[String: Any]] {
        trail.enumerated().map { index, part in
            let isLast = index == trail.count - 1
            return [
                "label": part.label, "href": part.href, "hasHref": !isLast && !part.href.isEmpty, "isCurrent": isLast,
            ]
        }
    }
}

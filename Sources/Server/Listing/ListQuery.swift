import Automation
import Runner

/// What is asked of *Automated certificates*: search, filters, order and page, all of which stand in the address.
package struct ListQuery: Hashable, Sendable {
    /// What a row can be left out for; the raw value is its key in the address.
    package enum Filter: String, Sendable, CaseIterable {
        case view
        case text = "q"
        case name, names, issuer, expires, renewed, published, serving, next, profile, last, label
    }

    /// The lists that stand ready above the table.
    package enum View: String, Sendable, CaseIterable {
        case attention
        case notServing = "not-serving"
        case runsSoon = "runs-7d"
        case expiresSoon = "expires-14d"
        case paused, off
    }

    package enum Sort: String, Sendable, CaseIterable {
        /// What needs a person first, then what runs next: the order where none is asked for.
        case attention
        case name, names, issuer, expires, renewed, published, serving, next, profile, last
    }

    package enum Expiry: Hashable, Sendable {
        case expired
        case within(days: Int)
        /// The start of that day in UTC.
        case before(Instant)
    }

    package enum Next: Hashable, Sendable {
        case due, renewal, publication
        /// Nothing is planned.
        case unplanned
        case within(days: Int)
    }

    package enum Last: Hashable, Sendable {
        case failed, renewed, published
        /// Nothing was done yet.
        case never
        case within(days: Int)
    }

    package struct Label: Hashable, Sendable {
        package var key: String
        package var value: String
    }

    package static let usualSize = 50
    package static let largestSize = 500

    /// All of its words must stand in the names, targets, labels or errors of a row.
    package var text = ""
    package var name: String?
    package var names: String?
    package var issuer: String?
    package var expires: Expiry?
    package var renewed: Mark.Kind?
    package var published: Mark.Kind?
    package var serving: Mark.Kind?
    package var next: Next?
    package var profile: String?
    package var last: Last?
    /// All of them must be borne.
    package var labels: [Label] = []
    package var view: View?
    package var sort = Sort.attention
    package var isDescending = false
    /// Counts from 1; from `after` on where that is there.
    package var page = 1
    /// Rows up to there are left out.
    package var after: ListCursor?
    package var size = ListQuery.usualSize

    package init() {}

    /// The filters that leave anything out, in the order of the columns.
    package var filters: [Filter] { Filter.allCases.filter { !values(of: $0).isEmpty } }

    /// The same without one filter, from the first page on.
    package func without(_ filter: Filter) -> ListQuery {
        var query = self
        query.page = 1
        switch filter {
        case .view: query.view = nil
        case .text: query.text = ""
        case .name: query.name = nil
        case .names: query.names = nil
        case .issuer: query.issuer = nil
        case .expires: query.expires = nil
        case .renewed: query.renewed = nil
        case .published: query.published = nil
        case .serving: query.serving = nil
        case .next: query.next = nil
        case .profile: query.profile = nil
        case .last: query.last = nil
        case .label: query.labels = []
        }
        return query
    }

    /// The same in another order; in the opposite one where it is in that order already.
    package func sorted(by sort: Sort) -> ListQuery {
        var query = self
        query.page = 1
        query.isDescending = self.sort == sort && !isDescending
        query.sort = sort
        return query
    }

    package func at(page: Int) -> ListQuery {
        var query = self
        query.page = max(1, page)
        return query
    }

    package func showing(_ view: View?) -> ListQuery {
        var query = self
        query.page = 1
        query.view = view
        return query
    }
}

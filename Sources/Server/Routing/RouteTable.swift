import Hummingbird

/// All that can be asked of the server, in one table.
enum RouteTable {
    static func routes(_ metrics: Metrics) -> [Route] {
        let groups: [[Route]] = [
            PlainRoutes.routes(metrics), GateRoutes.routes, SettingsRoutes.routes, ListingRoutes.routes,
            EverythingRoutes.routes,
            BulkRoutes.routes, BulkFlowRoutes.routes, FlowRoutes.routes, CertificatePageRoutes.routes,
            PeopleRoutes.routes, ProfilePages.routes,
            RunRoutes.routes, AuditRoutes.routes, SecretPages.routes, EntryRoutes.routes, APIRoutes.routes,
        ]
        return groups.flatMap { $0 }
    }
}

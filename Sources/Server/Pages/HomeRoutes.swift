enum HomeRoutes {
    static let routes: [Route] = [
        .page(.get, "/", .right(.read)) { exchange in
            try await Page(exchange).reply("home", ["pageTitle": "Home", "title": "Home", "crumbs": Crumbs.to(("Home", "/"))], current: "/")
        }
    ]
}

enum SettingsRoutes {
    static let routes: [Route] = []
}

import Testing

@testable import Server

@Suite struct ServerSettingsTests {
    @Test("listens on this machine alone where nothing else is said")
    func localByDefault() { #expect(ServerSettings().host == "127.0.0.1") }
}

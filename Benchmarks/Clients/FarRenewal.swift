import Foundation
import HostileAuthority

/// What one renewal asks of a server that is far away, by a command of its own.
struct FarRenewal {
    private static let rounds = 5

    let client: any MeasuredClient
    let proxy: ACMEProxy
    let latency: Duration

    /// - Parameter mostRequests: what is asked for; nil where nothing is.
    func report(mostRequests: Int?) async throws {
        let (client, name) = (client, "far-\(client.name).example.test")
        try await ClientsBenchmark.onThread { try client.obtain([name]) }
        var walls: [Duration] = []
        var requests: [[ACMEProxy.Passed]] = []
        var connections: [Int] = []
        for _ in 0..<Self.rounds {
            let before = (proxy.passed.count, proxy.connections)
            walls.append(try await ClientsBenchmark.onThread { try client.renew(name) }.wall)
            requests.append(Array(proxy.passed.dropFirst(before.0)))
            connections.append(proxy.connections - before.1)
        }
        guard let wall = walls.median, let counted = requests.map(Self.counted).max(),
            let most = requests.max(by: { $0.count < $1.count })
        else { return }
        let roundTrips = wall / latency
        let title = client.name
        Report.line(
            "\(title): requests", "\(counted)", asked: mostRequests.map { "\($0)" } ?? "",
            isMet: mostRequests.map { counted <= $0 }, note: Self.words(most))
        let opened = connections.max() ?? 0
        Report.line("\(title): connections", "\(opened)", note: "two round trips each, TCP and TLS 1.3")
        let trips = counted + 2 * opened
        Report.line(
            "\(title): round trips", "\(trips)", asked: mostRequests == nil ? "" : "12",
            isMet: mostRequests.map { _ in trips < 12 })
        Report.line(
            "\(title): all its time in round trips", String(format: "%.1f", roundTrips),
            note: "\(Report.milliseconds(wall)), its own work and the server's included")
    }

    /// Polls beyond the first don't count: those of an authorization after it was read and asked for once more, and of
    /// the order.
    private static func counted(_ requests: [ACMEProxy.Passed]) -> Int {
        let authorizations = requests.count { $0.kind == .authorization }
        let orders = requests.count { $0.kind == .order }
        let isProved = requests.contains { $0.kind == .challenge }
        return requests.count - max(0, authorizations - (isProved ? 2 : 1)) - max(0, orders - 1)
    }

    /// "directory, newNonce, newOrder, ..."
    private static func words(_ requests: [ACMEProxy.Passed]) -> String {
        requests.map(\.kind.rawValue).joined(separator: " ")
    }
}

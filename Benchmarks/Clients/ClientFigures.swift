import Foundation

/// What the renewals of one client took.
struct ClientFigures: Sendable {
    let name: String
    private let count: Int
    /// All that are due, with as few commands as it can.
    private let together: MeasuredRun
    /// Each by a command of its own.
    private let alone: MeasuredRun
    private let countAlone: Int

    /// Obtains certificates for the names and renews them.
    init(_ client: any MeasuredClient, _ names: [String]) throws {
        name = client.name
        count = names.count
        try client.obtain(names)
        together = try client.renewAll(names)
        // Seconds each: ten tell as much as fifty.
        let few = client is CertbotClient ? Array(names.prefix(10)) : names
        countAlone = few.count
        alone = try few.reduce(.none) { $0 + (try client.renew($1)) }
    }

    private var each: Duration { together.wall / count }
    private var eachAlone: Duration { alone.wall / countAlone }

    func report() {
        Report.line("\(name): all \(count)", Report.seconds(together.wall), note: "\(Report.milliseconds(each)) each")
        Report.line("\(name): CPU for each", Report.milliseconds(together.processor / count))
        Report.line("\(name): one at a time, each", Report.milliseconds(eachAlone))
        Report.line("\(name): CPU for each, one at a time", Report.milliseconds(alone.processor / countAlone))
        Report.line("\(name): memory at its peak", Report.megabytes(max(together.peak, alone.peak)))
    }

    /// What is asked of this client beside others.
    func report(against others: [ClientFigures]) {
        let peak = max(together.peak, alone.peak)
        Report.line("\(name): memory", Report.megabytes(peak), asked: "80 MB", isMet: peak < 80_000_000)
        guard let quickest = others.min(by: { $0.each < $1.each }),
            let quickestAlone = others.min(by: { $0.eachAlone < $1.eachAlone })
        else { return }
        factor("many at once", quickest.each / each, asked: 20, quickest.name)
        factor("one at a time", quickestAlone.eachAlone / eachAlone, asked: 1.5, quickestAlone.name)
        thrift("many", \.together, \.count, others)
        thrift("one at a time", \.alone, \.countAlone, others)
    }

    private func thrift(
        _ way: String, _ run: KeyPath<Self, MeasuredRun>, _ count: KeyPath<Self, Int>, _ others: [ClientFigures]
    ) {
        func each(_ client: Self) -> Duration { client[keyPath: run].processor / client[keyPath: count] }
        guard let best = others.map(each).min() else { return }
        Report.line(
            "\(name): CPU for each, \(way)", Report.milliseconds(each(self)),
            asked: "< \(Report.milliseconds(best))", isMet: each(self) < best)
    }

    private func factor(_ way: String, _ factor: Double, asked: Double, _ other: String) {
        Report.line(
            "\(name): \(way), as quick as \(other)", String(format: "%.1f x", factor),
            asked: String(format: "%g x", asked), isMet: factor >= asked)
    }
}

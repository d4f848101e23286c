import ArgumentParser
import Automation
import Foundation

/// What the built program's pages and API cost with many certificates, measured by clients on the same machine.
struct ServingBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serving",
        abstract: "`certflow serve`: pages, search, forecast, API reads during a catch-up, memory.")

    @OptionGroup var scratch: ScratchOptions
    @Option(help: "Certificates in the home.") var certificates = 100_000
    @Option(help: "How often each page is asked for.") var rounds = 100
    @Option(help: "How long the API is read, in seconds.") var seconds = 15
    @Option(help: "Renewals a second meanwhile.") var renewals = 100
    @Option(help: "The built program.") var program = WatchBenchmark.besideThis

    func run() async throws {
        try await scratch.withDirectory { directory in
            Report.heading("certflow serve with \(Report.grouped(Double(certificates))) certificates")
            try ServedHome.withServing(program: program, directory: directory, flows: certificates) { served in
                let names = try names(served)
                guard let name = names.first else { throw ServedHome.Failed(description: "the API lists nothing") }
                try page(served, "Automated certificates", "/automated", 15)
                try page(served, "the same, page 500", "/automated?page=500", 15)
                for filter in [
                    "view=attention", "expires=14d", "issuer=local-authority", "renewed=done", "sort=expires",
                ] {
                    try page(served, filter, "/automated?\(filter)", 30)
                }
                try page(served, "search", "/automated?q=0badcafe", 60)
                try page(served, "search, much found", "/automated?q=e", 60)
                try page(served, "Home", "/", 30)
                try preview(served, name)
                try reads(served, names)
                try catchUp(served, names)
                try memory(served)
            }
        }
    }

    private func names(_ served: ServedHome) throws -> [String] {
        struct Page: Decodable {
            struct Row: Decodable { var name: String }
            var items: [Row]
        }
        let text = try served.api("/api/v1/certificates?limit=200")
        return try JSONDecoder().decode(Page.self, from: Data(text.utf8)).items.map(\.name)
    }

    private func page(_ served: ServedHome, _ title: String, _ path: String, _ asked: Int) throws {
        report(title, try served.times(path, rounds: rounds), asked)
    }

    private func report(_ title: String, _ times: [Duration], _ asked: Int) {
        let time = times[min(times.count - 1, times.count * 95 / 100)]
        Report.line(title, Report.milliseconds(time), asked: "\(asked) ms", isMet: time < .milliseconds(asked))
    }

    /// What the form of a flow asks while somebody edits.
    private func preview(_ served: ServedHome, _ name: String) throws {
        let page = try served.text("/certificates/\(name)/flow")
        guard let csrf = page.firstMatch(of: #/name="csrf" value="([^"]+)"/#)?.1,
            let revision = page.firstMatch(of: #/name="revision" value="(\d+)"/#)?.1
        else { throw ServedHome.Failed(description: "the flow's page has no form") }
        let form = [
            "csrf=\(csrf)", "revision=\(revision)", "renewal=yes", "renewIn=before-expiration", "days=15",
            "publication=no", "publishOn=after-renew", "lastResort=ask", "same=yes", "earlier=yes", "windowBy=days",
            "day=saturday", "day=sunday", "period=00:00-04:00", "timeZone=Europe/Berlin",
        ]
        report(
            "forecast while editing",
            try served.times("/certificates/\(name)/flow/preview", form: form, rounds: rounds),
            30)
    }

    private func reads(_ served: ServedHome, _ names: [String]) throws {
        let load = try served.load(names, seconds: seconds)
        Report.line(
            "API reads", String(format: "%.0f/s", load.perSecond), asked: "4,000/s", isMet: load.perSecond >= 4000,
            note: load.wrong == 0 ? "" : "\(load.wrong) wrong answers")
        Report.line(
            "their 99th percentile", Report.milliseconds(load.p99), asked: "40 ms", isMet: load.p99 < .milliseconds(40))
    }

    /// Reads while the runner of the same process renews: neither may be held up by the other.
    private func catchUp(_ served: ServedHome, _ names: [String]) throws {
        let work = CatchUp(
            served: served, perSecond: renewals, seconds: seconds,
            names: ServedHome.renewed(min(certificates, 2 * renewals * seconds)))
        let alone = try work.run { Thread.sleep(forTimeInterval: Double(seconds)) }.speed
        let asked = "\(renewals)/s"
        Report.line(
            "renewals alone", String(format: "%.0f/s", alone.stored), asked: asked,
            isMet: alone.stored >= 0.95 * Double(renewals), note: alone.failed == 0 ? "" : "\(alone.failed) failed")
        let (beside, load) = try work.run { try served.load(names, seconds: seconds) }
        let lost = alone.stored > 0 ? 1 - beside.stored / alone.stored : 1
        Report.line(
            "renewals while the API is read", String(format: "%.0f/s", beside.stored), asked: "20 % less at most",
            isMet: lost < 0.2, note: beside.failed == 0 ? "" : "\(beside.failed) failed")
        Report.line(
            "API reads meanwhile", String(format: "%.0f/s", load.perSecond), asked: "4,000/s",
            isMet: load.perSecond >= 4000, note: load.wrong == 0 ? "" : "\(load.wrong) wrong answers")
        Report.line(
            "their 99th percentile", Report.milliseconds(load.p99), asked: "40 ms", isMet: load.p99 < .milliseconds(40))
    }

    private func memory(_ served: ServedHome) throws {
        try served.signIns(16)
        let (present, peak) = try served.process.memory()
        Report.line(
            "memory, with people signing in", Report.megabytes(peak), asked: "250 MB", isMet: peak < 250_000_000,
            note: "afterwards \(Report.megabytes(present))")
    }
}

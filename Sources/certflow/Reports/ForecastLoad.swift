import Automation

/// On which days and hours runs fall: the grid of the window, with counts.
struct ForecastLoad {
    private let zone: Zone
    /// By weekday (Monday first) and period of 4 hours.
    private(set) var cells = [[Int]](repeating: [Int](repeating: 0, count: 6), count: 7)
    /// The hour with most runs, by its start; nil where nothing runs.
    private(set) var busiest: (hour: Instant, runs: Int)?

    init(_ moments: [Instant], zone: Zone) {
        self.zone = zone
        var hours: [Int64: Int] = [:]
        for moment in moments {
            let time = LocalTime(moment, in: zone)
            cells[time.weekday.rawValue][time.hour / 4] += 1
            hours[(moment.seconds - Int64(time.minute * 60 + time.second)), default: 0] += 1
        }
        if let most = hours.max(by: { ($0.value, -$0.key) < ($1.value, -$1.key) }) {
            busiest = (Instant(seconds: most.key), most.value)
        }
    }

    func print() {
        var table = Table(head: [zone.identifier] + Period.all.map(\.name) + ["DAY"])
        for day in Weekday.allCases {
            let counts = cells[day.rawValue]
            let sum = counts.reduce(0, +)
            table.add(
                row: [.init(day.short)]
                    + (counts + [sum]).map { .init($0 == 0 ? "." : String($0), $0 == 0 ? .faint : nil) })
        }
        table.print()
        if let busiest, busiest.runs > 1 {
            Console.line(
                "Busiest hour: \(Wording.moment(busiest.hour, in: zone)), \(Wording.count(busiest.runs, "run")).")
        }
    }
}

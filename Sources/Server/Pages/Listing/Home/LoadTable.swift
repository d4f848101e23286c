import Automation

/// Runs by day and period: the template `load`.
struct LoadTable {
    let caption: String
    /// In the order of the columns.
    let days: [(day: Weekday, label: String)]
    /// Where now lies; nil where no cell is marked.
    let present: (day: Weekday, period: Int)?
    /// How many runs fall on a day and period.
    let count: (Weekday, Int) -> Int

    /// Of the next seven days, from today on.
    static func week(zone: Zone, now: Instant, count: @escaping (Weekday, Int) -> Int) -> LoadTable {
        let time = LocalTime(now, in: zone)
        let days = (0..<7).map { offset -> (day: Weekday, label: String) in
            let day = LocalTime(zone.startOfDay(holding: now) + .hours(Int64(offset) * 24 + 12), in: zone)
            return (day.weekday, "\(day.weekday.short) \(day.date.day)")
        }
        return LoadTable(
            caption: "Planned runs in the next 7 days, by day and period", days: days,
            present: (time.weekday, time.hour / 4), count: count)
    }

    /// Of a week as such.
    static func weekly(_ grid: LoadGrid, caption: String) -> LoadTable {
        LoadTable(caption: caption, days: Weekday.allCases.map { ($0, $0.short) }, present: nil) { day, period in
            grid[day, Period.all[period]]
        }
    }

    var sum: Int { Weekday.allCases.reduce(0) { sum, day in (0..<6).reduce(sum) { $0 + count(day, $1) } } }

    var context: [String: Any] {
        let most = days.flatMap { day in (0..<6).map { count(day.day, $0) } }.max() ?? 0
        return [
            "caption": caption, "days": days.map(\.label),
            "rows": (0..<6).map { period -> [String: Any] in
                let hours = "\(Self.two(period * 4))-\(Self.two(period * 4 + 4))"
                return ["period": hours, "cells": days.map { cell($0, period, hours, most) }]
            },
        ]
    }

    private func cell(_ day: (day: Weekday, label: String), _ period: Int, _ hours: String, _ most: Int) -> [String:
        Any]
    {
        let runs = count(day.day, period)
        // In thirds of the busiest.
        let level = runs == 0 || most == 0 ? 0 : min(3, 1 + (runs * 3 - 1) / most)
        return [
            "level": String(level), "isNow": present.map { $0.day == day.day && $0.period == period } ?? false,
            "hasHref": false, "href": "", "count": runs == 0 ? "" : Quantity.words(runs),
            "words": "\(Quantity.words(runs, "run")), \(day.label), \(hours)",
        ]
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

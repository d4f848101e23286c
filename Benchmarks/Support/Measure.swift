import Foundation

/// What some work cost.
struct Cost: Sendable {
    /// On the clock of the wall.
    var wall: Duration
    /// Of all threads of this process.
    var processor: Duration

    static func + (left: Cost, right: Cost) -> Cost {
        Cost(wall: left.wall + right.wall, processor: left.processor + right.processor)
    }

    static func / (cost: Cost, count: Int) -> Cost {
        Cost(wall: cost.wall / count, processor: cost.processor / count)
    }
}

/// Runs `body` once and says what it cost.
func measure<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
) async rethrows -> (result: Result, cost: Cost) {
    let (wall, processor) = (ContinuousClock.now, processorTime())
    let result = try await body()
    return (result, Cost(wall: ContinuousClock.now - wall, processor: processorTime() - processor))
}

private func processorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}

extension Duration {
    var seconds: Double { self / .seconds(1) }
}

extension Array where Element: Comparable {
    /// The middle one; nil where there is none.
    var median: Element? { isEmpty ? nil : sorted()[count / 2] }
}

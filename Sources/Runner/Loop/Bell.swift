/// Wakes the runner's loop: a driver ended, somebody asked for something, the runner shall stop.
///
/// Rings that nobody waited for are remembered as one.
final class Bell: Sendable {
    private let rings: AsyncStream<Void>
    private let source: AsyncStream<Void>.Continuation

    init() { (rings, source) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    func ring() { source.yield() }

    /// Returns at the next ring, or when `pause` is over.
    func wait(atMost pause: Duration, _ clock: RunnerClock) async {
        guard pause > .zero else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [rings] in
                var iterator = rings.makeAsyncIterator()
                await iterator.next()
            }
            group.addTask { try? await clock.sleep(pause) }
            await group.next()
            group.cancelAll()
        }
    }
}

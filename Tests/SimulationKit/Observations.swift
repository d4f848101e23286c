import Runner
import Synchronization

/// What the runner tells of, as it happens: counted, and folded into one number that two runs of a seed must share.
final class Observations: Sendable {
    private struct State {
        var trace: UInt64 = 0xCBF2_9CE4_8422_2325
        var renewals = 0
        var publications = 0
    }

    private let state = Mutex(State())
    private let narrate: (@Sendable (String) -> Void)?

    init(narrate: (@Sendable (String) -> Void)?) { self.narrate = narrate }

    func note(_ note: ProgressNote) {
        let text = "\(note.at) \(note.kind) \(note.certificate) \(note.target ?? "") \(note.text)"
        narrate?(text)
        state.withLock { state in
            for byte in text.utf8 { state.trace = (state.trace ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
            switch note.kind {
            case .stored: state.renewals += 1
            case .published, .proved: state.publications += 1
            default: break
            }
        }
    }

    var trace: UInt64 { state.withLock { $0.trace } }
    var renewals: Int { state.withLock { $0.renewals } }
    var publications: Int { state.withLock { $0.publications } }
}

import Foundation
import NIOCore
import PluginKit

/// What the solvers of one process share: their listeners and the thread that does their work on the network.
///
/// Nothing runs while nothing is presented or asked.
final class ChallengeListeners: Sendable {
    let loop = SharedLoop()
    let http: SharedListeners<String>
    let tls: SharedListeners<ALPNCertificate>

    init() {
        http = SharedListeners(loop) { channel, find in
            try channel.pipeline.syncOperations.addHandler(HTTPChallengeHandler(find))
        }
        tls = SharedListeners(loop) { channel, find in
            try channel.pipeline.syncOperations.addHandler(ALPNGate(find))
        }
    }

    /// Ends the thread and all that it does. To be called once, when no solver is used any more.
    func close() async {
        await http.close()
        await tls.close()
        await loop.close()
    }
}

/// What a listener's solver wrote down: only this process can take it back, and the listener of one that is gone is gone
/// as well.
struct ListenerClaim: Codable, Sendable, Equatable {
    /// Unguessable, so that no other process has the same.
    var claim: String

    init(_ entropy: (Int) -> [UInt8]) { claim = Data(entropy(16)).base64EncodedString() }
}

import Crypto
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

    /// How long a name server may take to answer one packet.
    let answerTime: TimeAmount

    /// - Parameters:
    ///   - patience: for a whole connection to a listener. Authorities say all they have to say in one packet.
    ///   - answerTime: how long a name server may take to answer one packet.
    init(patience: TimeAmount = .seconds(10), answerTime: TimeAmount = .seconds(2)) {
        self.answerTime = answerTime
        http = SharedListeners(loop) { channel, find in
            try channel.pipeline.syncOperations.addHandler(HTTPChallengeHandler(within: patience, find))
        }
        tls = SharedListeners(loop) { channel, find in
            try channel.pipeline.syncOperations.addHandler(ALPNGate(within: patience, find))
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
    /// The same whenever the same challenge is presented: an order that is resumed presents it again, and takes it back
    /// once.
    var claim: String

    init(_ challenge: CheckedChallenge) {
        let digest = SHA256.hash(data: Data("\(challenge.subject) \(challenge.keyAuthorization)".utf8))
        claim = Data(digest).base64EncodedString()
    }
}

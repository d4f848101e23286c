import CSSH2
import Foundation
import PluginKit

/// Lends a password to libssh2 for the questions of one keyboard-interactive try (RFC 4256).
final class LentAnswer {
    private let password: Secret
    private var isGiven = false

    init(_ password: Secret) { self.password = password }

    /// Answers one hidden question, once: a second one asks for something that certflow has not.
    static let callback:
        @convention(c) (
            UnsafePointer<CChar>?, Int32, UnsafePointer<CChar>?, Int32, Int32,
            UnsafePointer<LIBSSH2_USERAUTH_KBDINT_PROMPT>?, UnsafeMutablePointer<LIBSSH2_USERAUTH_KBDINT_RESPONSE>?,
            UnsafeMutablePointer<UnsafeMutableRawPointer?>?
        ) -> Void = { _, _, _, _, count, prompts, responses, abstract in
            guard let prompts, let responses, count > 0 else { return }
            let lent = SSHLink.Context.of(abstract)?.answer
            for index in 0..<Int(count) {
                responses[index].text = nil
                responses[index].length = 0
                guard let lent, prompts[index].echo == 0, !lent.isGiven else { continue }
                lent.isGiven = true
                lent.password.withBytes { bytes in
                    // Freed by libssh2.
                    guard let copy = malloc(max(bytes.count, 1)) else { return }
                    if let source = bytes.baseAddress { memcpy(copy, source, bytes.count) }
                    responses[index].text = copy.assumingMemoryBound(to: CChar.self)
                    responses[index].length = UInt32(clamping: bytes.count)
                }
            }
        }
}

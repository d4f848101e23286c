import Foundation
import PluginKit
import Storage
import Testing

@Suite("Sealing")
struct SealerTests {
    private let sealer = TestKeys.sealer
    private let secret = Secret(text: "a secret that nobody may see, of some length")

    @Test("what is sealed comes back, whatever its length", arguments: [0, 1, 15, 16, 17, 1000, 100_000])
    func roundTrip(length: Int) throws {
        let secret = Secret([UInt8](repeating: 0xA7, count: length))
        let sealed = try sealer.seal(secret, for: "version/7/3/key")
        #expect(try sealer.open(sealed, for: "version/7/3/key").matches(secret))
    }

    @Test("nothing of the secret stands in the sealed bytes, and no two seals are alike")
    func nothingShows() throws {
        let (first, second) = (try sealer.seal(secret, for: "place"), try sealer.seal(secret, for: "place"))
        #expect(first != second)
        for start in 0..<(secret.count - 4) {
            let part = Data(secret.bytes[start..<start + 4])
            #expect(first.range(of: part) == nil)
        }
        let shared = zip(first, second).count { $0 == $1 }
        #expect(shared < first.count / 8, "nonces and data keys are fresh each time")
    }

    @Test("what is moved to another place does not open", arguments: ["version/7/4/key", "", "version/7/3/key "])
    func moved(place: String) throws {
        let sealed = try sealer.seal(secret, for: "version/7/3/key")
        expectRefused { try sealer.open(sealed, for: place) }
    }

    @Test("no bit can be changed, nor a byte added or removed")
    func changed() throws {
        let sealed = try sealer.seal(secret, for: "place")
        for index in sealed.indices {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << bit
                expectRefused { try sealer.open(changed, for: "place") }
            }
            expectRefused { try sealer.open(sealed.prefix(index), for: "place") }
        }
        expectRefused { try sealer.open(sealed + [0], for: "place") }
        expectRefused { try sealer.open(Data(), for: "place") }
    }

    @Test("halves of two seals make none")
    func mixed() throws {
        let (first, second) = (try sealer.seal(secret, for: "place"), try sealer.seal(secret, for: "place"))
        let wrapped = 1 + 12 + 32 + 16
        expectRefused { try sealer.open(first.prefix(wrapped) + second.dropFirst(wrapped), for: "place") }
    }

    @Test("another master key opens nothing")
    func wrongKey() throws {
        let sealed = try sealer.seal(secret, for: "place")
        let other = Sealer(master: TestKeys.other, entropy: MasterKey.systemEntropy)
        expectRefused { try other.open(sealed, for: "place") }
    }

    @Test("keys for different purposes have nothing in common, and for the same are the same")
    func derived() {
        let (audit, sealing) = (TestKeys.master.derived(for: "audit"), TestKeys.master.derived(for: "sealing"))
        #expect(audit.secret.bytes != sealing.secret.bytes)
        #expect(audit.secret.bytes != TestKeys.master.secret.bytes)
        #expect(audit.secret.bytes == TestKeys.master.derived(for: "audit").secret.bytes)
        #expect(audit.secret.bytes != TestKeys.other.derived(for: "audit").secret.bytes)
        #expect(audit.code(Data("x".utf8)) != sealing.code(Data("x".utf8)))
    }

    @Test("a key has 32 bytes and is not shown")
    func keys() {
        for count in [0, 31, 33, 64] { #expect(Secret32([UInt8](repeating: 1, count: count)) == nil) }
        #expect("\(TestKeys.master)" == "(key)")
        #expect(String(reflecting: TestKeys.master).contains("(key)"))
        #expect(Mirror(reflecting: TestKeys.master).children.isEmpty)
        var text = ""
        dump(TestKeys.master, to: &text)
        #expect(!text.contains("1, 1"))
    }

    private func expectRefused(_ body: () throws -> Secret, _ location: SourceLocation = #_sourceLocation) {
        do {
            _ = try body()
            Issue.record("it opened", sourceLocation: location)
        } catch let error as StorageError {
            #expect(error.code == .unsealingFailed, sourceLocation: location)
        } catch {
            Issue.record("\(error)", sourceLocation: location)
        }
    }
}

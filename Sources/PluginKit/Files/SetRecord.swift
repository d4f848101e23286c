import Foundation

/// What stands in the record file of a set's own directory: proof that certflow made it, for which delivery.
struct SetRecord: Codable, Sendable {
    var format = 1
    /// `Delivery.id`.
    var delivery: String
    /// The certificate's name: a directory of one is never taken for another.
    var certificate: String
    /// The files of the set, in their order.
    var files: [String]
    /// Flat: for each of `files`, whether something was there before and a copy of it stands here, named by its index.
    var copied: [Bool]?
    /// Flat: the set that was in place before.
    var previous: String?

    /// The largest record that is read, in bytes.
    private static let limit = 1 << 20

    init(_ delivery: Delivery, files: [String], copied: [Bool]? = nil, previous: String? = nil) {
        self.delivery = delivery.id
        certificate = delivery.version.certificate
        self.files = files
        self.copied = copied
        self.previous = previous
    }

    /// The file that holds this record, for its owner alone.
    func file(in directory: String) throws -> NewFile {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = Secret(try encoder.encode(self))
        return NewFile("\(directory)/\(OwnNames.record)", bytes, FileAttributes(mode: 0o600))
    }

    /// The record of `directory`; nil where there is none, or none that can be read.
    static func read(in directory: String, of tree: any FileTree) async throws -> SetRecord? {
        guard let bytes = try await tree.read("\(directory)/\(OwnNames.record)", limit: limit) else { return nil }
        return bytes.withBytes { try? JSONDecoder().decode(SetRecord.self, from: Data($0)) }
    }
}

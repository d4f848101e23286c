import Foundation

/// What a backup says of itself: the first file in it.
struct BackupManifest: Codable {
    static let format = 1
    /// The folder that everything in the archive stands in.
    static let folder = "certflow-backup"
    static let name = "\(folder)/manifest.json"
    /// In bytes: larger ones are none of ours.
    static let limit = Int64(16) << 20

    struct File: Codable {
        /// Below the home.
        var path: String
        /// In bytes.
        var size: Int64
        /// Lower-case hexadecimal.
        var sha256: String
    }

    var format: Int
    /// The certflow that made it.
    var version: String
    /// Where the home stood.
    var home: String
    var madeAt: String
    /// Whether the master key is in it.
    var withKey: Bool
    /// Of the newest event.
    var newestEvent: Int64
    var files: [File]
}

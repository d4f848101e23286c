import Foundation
import TestPeers
import Testing

/// All canaries of one home, and the places where none may be.
final class Cage {
    private(set) var canaries: [Canary] = []
    /// What was printed, and what processes were told, with where it was.
    private var seen: [(place: String, data: Data)] = []
    /// The files in which some stand on purpose, by a part of their path, with their names.
    private let allowed: [(place: String, canaries: [String])]

    init(allowing allowed: [(place: String, canaries: [String])]) { self.allowed = allowed }

    /// Makes one.
    func canary(_ name: String, signs: String = "+/=%&") -> Canary {
        let canary = Canary(name, signs: signs)
        canaries.append(canary)
        return canary
    }

    func add(_ canary: Canary) { canaries.append(canary) }

    func see(_ text: String, at place: String) { seen.append((place, Data(text.utf8))) }

    func see(_ data: Data, at place: String) { seen.append((place, data)) }

    /// All files below a directory.
    func see(below directory: URL) throws {
        let names = FileManager.default.enumerator(atPath: directory.path)?.compactMap { $0 as? String } ?? []
        for name in names {
            seen.append((directory.appending(path: name).path, Data(name.utf8)))
            var status = stat()
            let path = directory.appending(path: name).path
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            seen.append((path, try Data(contentsOf: URL(filePath: path))))
        }
    }

    /// Records an issue for each canary that is seen somewhere.
    func requireNone() {
        for (place, data) in seen {
            let tolerated = allowed.filter { place.contains($0.place) }.flatMap(\.canaries)
            for canary in canaries where !tolerated.contains(where: { canary.name.hasPrefix($0) }) {
                if let traces = canary.traces(in: data) { Issue.record("\(canary.name) stands in \(place), \(traces)") }
            }
        }
    }

    /// How many places were looked at.
    var places: Int { seen.count }
}

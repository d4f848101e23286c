import PluginKit

/// Reads all profiles of one kind.
struct ProfileFolder<Profile: Sendable> {
    let directory: ProfileDirectory
    /// Reads one file, whose profile must bear this name.
    let read: (SourceFile, _ stem: String) -> ProfileReading<Profile>

    struct Contents {
        var valid: [String: Profile] = [:]
        var broken: [String: [OptionProblem]] = [:]
        var problems: [OptionProblem] = []
    }

    func contents(_ digest: inout FNV1a) -> Contents {
        var contents = Contents()
        let found: (files: [String], problems: [OptionProblem])
        do throws(OptionProblem) {
            found = try directory.files()
        } catch {
            contents.problems = [error]
            return contents
        }
        contents.problems = found.problems
        var claimed: [(name: String, problems: [OptionProblem])] = []
        for file in found.files {
            let stem = String(file.dropLast(".yaml".count))
            let reading = self.reading(file, stem, &digest)
            contents.problems += reading.problems
            if let profile = reading.profile {
                contents.valid[stem] = profile
            } else {
                contents.broken[stem] = reading.problems
                if let name = reading.name { claimed.append((name, reading.problems)) }
            }
        }
        // A flow may name what stands in a file of another name: the reason is found under both.
        for (name, problems) in claimed where contents.valid[name] == nil && contents.broken[name] == nil {
            contents.broken[name] = problems
        }
        return contents
    }

    private func reading(_ file: String, _ stem: String, _ digest: inout FNV1a) -> ProfileReading<Profile> {
        digest.add(file)
        do throws(OptionProblem) {
            let source = try SourceFile(reading: "\(directory.path)/\(file)")
            digest.add(source.text)
            return read(source, stem)
        } catch {
            return ProfileReading(profile: nil, name: nil, problems: [error])
        }
    }
}

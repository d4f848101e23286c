import Server

extension RenderingReport {
    func print() {
        Console.line(
            "\(Console.paint(certificate, .strong)) version \(version) on \(Console.paint("\(profile)/\(target)", .strong))"
        )
        if files.isEmpty { printArtifacts() } else { printFiles() }
        if requests.isEmpty {
            for line in options.lines { Console.line("  \(Console.harmless(line))") }
        } else {
            printRequests()
        }
        Console.line("  test: \(shown(test))")
        Console.line("  reload: \(shown(reload))")
        Console.line("  proof: \(Console.harmless(proof ?? "none"))")
        switch held {
        case true?: Console.line("The target holds exactly this.")
        case false?: Console.line("The target holds something else, or nothing yet.")
        case nil: Console.line("The flow of \(certificate) does not name this target: nothing is published there.")
        }
    }

    private func shown(_ command: [String]?) -> String {
        Console.harmless(command.map { $0.joined(separator: " ") } ?? "none")
    }

    private func printFiles() {
        var table = Table("FILE", "MODE", "OWNER", "GROUP", "CONTENT", "BYTES", "DIGEST")
        for file in files {
            table.add(
                .init(file.path), .init(file.mode), .init(file.owner ?? "-"), .init(file.group ?? "-"),
                .init(file.content), .init(String(file.size)), Self.digest(file.digest, file.holdsKey))
        }
        for line in table.lines { Console.line("  \(line)") }
    }

    private func printRequests() {
        for request in requests {
            Console.line("  \(Console.paint(Console.harmless(request.name), .strong))")
            let lines = ["\(request.method) \(request.url)"] + request.headers
            for line in lines { Console.line("    \(Console.harmless(line))") }
            guard let body = request.body else { continue }
            Console.line()
            for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
                Console.line("    \(Console.harmless(String(line)))")
            }
        }
    }

    private func printArtifacts() {
        var table = Table("CONTENT", "BYTES", "DIGEST")
        for artifact in artifacts {
            table.add(
                .init(artifact.content), .init(String(artifact.size)), Self.digest(artifact.digest, artifact.holdsKey))
        }
        for line in table.lines { Console.line("  \(line)") }
    }

    private static func digest(_ digest: String, _ holdsKey: Bool) -> Table.Cell {
        .init("\(holdsKey ? "keyed" : "sha256"):\(digest.prefix(16))")
    }
}

import PluginKit

/// What a solver records goes into the order's own record, beside what it is for.
struct PlacingJournal: Journal {
    let log: OrderLog
    let challenge: Challenge

    func record(_ step: Step, _ handle: Handle) async throws {
        let challenge = challenge
        try await log.write(.presented) { $0.place(challenge, handle) }
    }

    func note(_ text: String) { log.note(text) }
}

extension OrderRecord {
    mutating func place(_ challenge: Challenge, _ handle: Handle) {
        remove(challenge)
        placed.append(
            Placed(form: challenge.form, subject: challenge.subject, token: challenge.token, handle: handle))
    }

    mutating func remove(_ challenge: Challenge) {
        placed.removeAll { $0.isFor(challenge) }
    }

    func handle(of challenge: Challenge) -> Handle? { placed.first { $0.isFor(challenge) }?.handle }
}

extension OrderRecord.Placed {
    fileprivate func isFor(_ challenge: Challenge) -> Bool {
        form == challenge.form && subject == challenge.subject && token == challenge.token
    }
}

import Storage

extension PublicationContext {
    /// The last look at the target, where it was since what it holds was published there: an older one says nothing.
    public var proofOfHeld: ProofRecord? {
        guard let proof = placement.proof else { return nil }
        let begun = publications.first { $0.version == placement.held?.number }?.startedAt ?? .distantPast
        return proof.at >= begun ? proof : nil
    }
}
